"""Times svy, polars and duckdb on one simulated survey: peers.py ROWS FOLDER (see scripts/peers).

Leaves the survey in FOLDER as survey.csv and survey.parquet, for the others.
"""

import sys
import time

import numpy
import polars

BASE = [0.30, 0.22, 0.16, 0.11, 0.08, 0.055, 0.035, 0.02, 0.01, 0.004]
ANSWERS = [f"v{k:02d}" for k in range(1, 41)]
BY = ["sex", "age", "dis"]
SEED = 20240229


def uniform(stream: int, index: numpy.ndarray) -> numpy.ndarray:
    """A number in [0, 1) for a stream and every index: splitmix64 of a counter, as analysis/examples/simulated has it."""
    with numpy.errstate(over="ignore"):
        offset = (SEED * 0xD1342543DE82EF95 + stream * 0xA0761D6478BD642F + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = index.astype(numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15) + numpy.uint64(offset)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        z = z ^ (z >> numpy.uint64(31))
    return (z >> numpy.uint64(11)).astype(numpy.float64) / 9007199254740992.0


def survey(rows: int) -> polars.DataFrame:
    """The simulated survey of analysis/examples/simulated, value for value."""
    psus = rows // 25
    row = numpy.arange(psus * 25)
    psu = row // 25
    stratum = psu * 50 // psus
    woman = uniform(1, row) < 0.72
    age = numpy.minimum((uniform(2, row) ** 1.15 * 10).astype(int), 9)
    disabled = uniform(3, row) < 0.06 + 0.012 * (age + 1)
    base = (200 + 40 * stratum) * (0.6 + 0.8 * uniform(4, psu))
    weight = numpy.round(base * (0.5 + uniform(5, row) + 3.0 * (uniform(6, row) < 0.03)), 4)
    risk = 1 + 0.5 * (2 * uniform(7, psu) - 1) + 0.35 * woman + 0.4 * disabled - 0.03 * abs(age - 3.0)
    columns = {"stratum": stratum + 1, "psu": psu + 1, "weight": weight, "sex": woman + 1, "age": age + 1, "dis": disabled * 1}
    for k, name in enumerate(ANSWERS):
        columns[name] = (uniform(101 + k, row) < numpy.clip(BASE[k % 10] * risk, 0, 0.95)).astype(numpy.uint8)
    return polars.DataFrame(columns)


def best(name: str, work, repetitions: int = 3) -> None:
    """Print the shortest of a few runs; one run that takes long is enough."""
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
        if times[-1] > 10:
            break
    print(f"{name}: {min(times) * 1e3:.1f} ms", flush=True)


def main() -> None:
    rows, folder = int(sys.argv[1]), sys.argv[2]
    data = survey(rows)
    data.write_csv(f"{folder}/survey.csv")
    data.write_parquet(f"{folder}/survey.parquet", compression="zstd")
    sums = lambda names: [polars.col("weight").sum().alias("w")] + [(polars.col("weight") * polars.col(n)).sum().alias(n) for n in names]
    for names, size in ((ANSWERS[:1], "1 x 40"), (ANSWERS, "40 x 40")):
        best(f"polars {polars.__version__}, weighted sums only, {size}", lambda: data.group_by(BY).agg(sums(names)))
    import duckdb

    base = duckdb.connect()
    base.execute("create table t as select * from data")
    for names, size in ((ANSWERS[:1], "1 x 40"), (ANSWERS, "40 x 40")):
        query = f"select {','.join(BY)}, sum(weight), {','.join(f'sum(weight*{n})' for n in names)} from t group by all"
        best(f"duckdb {duckdb.__version__}, weighted sums only, {size}", lambda: base.execute(query).fetchall())
    import svy

    sample = svy.Sample(data, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
    best(f"svy {svy.__version__}, one mean", lambda: sample.estimation.mean("v01"))
    best(f"svy {svy.__version__}, 1 x 40", lambda: sample.estimation.mean("v01", by=BY))
    print(sample.estimation.mean("v01", by=BY))
    best(f"svy {svy.__version__}, 40 x 40", lambda: sample.estimation.mean(ANSWERS, by=BY), 1)


if __name__ == "__main__":
    main()

"""Times svy, polars and duckdb on one simulated survey: peers.py ROWS FOLDER (see scripts/peers)."""

import sys
import time

import numpy
import polars

BASE = [0.30, 0.22, 0.16, 0.11, 0.08, 0.055, 0.035, 0.02, 0.01, 0.004]
ANSWERS = [f"v{k:02d}" for k in range(1, 41)]
BY = ["sex", "age", "dis"]


def survey(rows: int) -> polars.DataFrame:
    """The design and prevalences of analysis/examples/simulated, drawn by numpy."""
    draw = numpy.random.default_rng(20240229)
    psus = rows // 25
    psu = numpy.arange(psus * 25) // 25
    stratum = psu * 50 // psus
    woman = draw.random(len(psu)) < 0.72
    age = numpy.minimum((draw.random(len(psu)) ** 1.15 * 10).astype(int), 9)
    disabled = draw.random(len(psu)) < 0.06 + 0.012 * (age + 1)
    weight = (200 + 40 * stratum) * (0.6 + 0.8 * draw.random(psus)[psu]) * (0.5 + draw.random(len(psu)))
    effect = 0.5 * (2 * draw.random(psus)[psu] - 1)
    risk = 1 + effect + 0.35 * woman + 0.4 * disabled - 0.03 * abs(age - 3)
    columns = {"stratum": stratum + 1, "psu": psu + 1, "weight": weight, "sex": woman + 1, "age": age + 1, "dis": disabled * 1}
    for k, name in enumerate(ANSWERS):
        columns[name] = (draw.random(len(psu)) < numpy.clip(BASE[k % 10] * risk, 0, 0.95)).astype(numpy.uint8)
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
    best(f"svy {svy.__version__}, 40 x 40", lambda: sample.estimation.mean(ANSWERS, by=BY), 1)


if __name__ == "__main__":
    main()

"""What is kept, read past the server: each interview that was acknowledged once, and no half of any."""

from collections import Counter
from dataclasses import dataclass


@dataclass
class Kept:
    receipts: Counter
    aside: set
    responses: int
    halves: int

    @staticmethod
    def of(place):
        hex_of = (lambda column: f"lower(hex({column}))") if place.file else (lambda column: f"encode({column}, 'hex')")
        mac = hex_of("instance_mac")
        rows = place.rows(f"SELECT {mac}, CASE WHEN response_id IS NULL THEN 0 ELSE 1 END FROM receipt")
        counted = Counter(tag for tag, has_response in rows if has_response == "1")
        counted.update(tag for tag, in place.rows(f"SELECT {mac} FROM response WHERE instance_mac IS NOT NULL"))
        aside = {tag for tag, has_response in rows if has_response == "0"}
        one = lambda sql: int(place.rows(sql)[0][0])
        led = "SELECT response_id FROM receipt WHERE response_id IS NOT NULL"
        halves = one(f"SELECT count(*) FROM response WHERE instance_mac IS NULL AND id NOT IN ({led})")
        halves += one("SELECT count(*) FROM response WHERE (instance_mac IS NULL) <> (content_mac IS NULL)")
        halves += one(f"SELECT count(*) FROM response WHERE substr({mac}, 1, 24) <> substr({hex_of('id')}, 9)")
        halves += one("SELECT count(*) FROM receipt WHERE response_id IS NOT NULL AND response_id NOT IN (SELECT id FROM response)")
        halves += one("SELECT count(*) FROM receipt WHERE response_id IS NULL AND set_aside_id IS NULL")
        return Kept(counted, aside, one("SELECT count(*) FROM response"), halves)

    def times(self, study, n):
        """How often the nth interview is counted."""
        return self.receipts[study.receipt(n)]


def check(trial, study, acknowledged, sent, aside=0):
    """After a fault: nothing lost, doubled, half kept or torn, and the trail whole. `acknowledged` has numbers of interviews, of which the
    first `sent` were sent; `aside` is how many are set aside, rightly."""
    place = study.place
    kept = Kept.of(place)
    lost = [n for n in acknowledged if kept.times(study, n) == 0 and study.receipt(n) not in kept.aside]
    doubled = sum(count > 1 for count in kept.receipts.values())
    known = {study.receipt(n) for n in range(sent)}
    foreign = sum(tag not in known for tag in kept.receipts)
    trial.say(f"{len(acknowledged)} of {sent} interviews acknowledged: {len(lost)} lost, {doubled} doubled, "
              f"{foreign} never sent, {kept.halves} half kept; {kept.responses} responses, {len(kept.aside)} set aside")
    # One that was never sent has to be missing: else this could not see a loss.
    trial.claim(kept.times(study, study.cases + 1) == 0, "an interview that was never sent is not found")
    trial.claim(len(acknowledged) > 0, "interviews were acknowledged")
    trial.claim(not lost, f"every interview acknowledged is there (missing: {lost[:5]})")
    trial.claim(doubled == 0 and kept.responses == sum(kept.receipts.values()), "none is there twice")
    trial.claim(foreign == 0, "none is there that was not sent")
    trial.claim(kept.halves == 0, "none is there by half")
    trial.claim(len(kept.aside) == aside, f"{aside} are set aside")
    if place.file:
        trial.claim(place.rows("PRAGMA integrity_check") == [("ok",)], "SQLite finds its file whole")
    verified = place.run(study.kish, "verify")
    trial.claim(verified.returncode == 0, f"the trail is whole: {verified.stderr}")
    return kept

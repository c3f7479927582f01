"""The rows that small forms are made of: what XLSForm knows and Kish reads, and what both must refuse.

A feature is a list of survey rows, with what they need of choices and settings. `{n}` in a cell becomes the number of
the feature in its form, so that any features can stand in one form.
"""

from dataclasses import dataclass, field


@dataclass
class Feature:
    survey: list[dict[str, str]]
    choices: list[dict[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    name: str = ""
    # Its columns are spelt in a way that no other feature's may be beside it.
    alone: bool = False


def row(kind: str, name: str, label: str = "", **cells: str) -> dict[str, str]:
    cells = {key.replace("__", "::"): value for key, value in cells.items()}
    return {"type": kind, "name": name, **({"label": label} if label else {}), **cells}


YN = [{"list_name": "yn", "name": "1", "label": "Yes"}, {"list_name": "yn", "name": "2", "label": "No"}]
TOWNS = [
    {"list_name": "region", "name": "n", "label": "North"},
    {"list_name": "region", "name": "s", "label": "South"},
    {"list_name": "town", "name": "1", "label": "Upper", "region": "n", "size": "3"},
    {"list_name": "town", "name": "2", "label": "Lower & <far>", "region": "s"},
]
SPOKEN = [
    {"list_name": "spoken", "name": "a", "label::English (en)": "One", "label::French (fr)": "Un"},
    {"list_name": "spoken", "name": "b", "label::English (en)": "Two"},
]
EN, FR = "label::English (en)", "label::French (fr)"

SIMPLE = ["text", "integer", "decimal", "date", "time", "dateTime", "note", "acknowledge", "barcode", "geopoint", "geotrace", "geoshape"]
SIMPLE += ["image", "audio", "video", "file", "range", "string", "int", "photo", "gps", "datetime"]
METADATA = ["start", "end", "today", "deviceid", "username", "phonenumber", "email", "simserial", "subscriberid", "imei"]
APPEARANCES = ["minimal", "quick", "likert", "label", "list-nolabel", "horizontal-compact", "numbers", "multiline", "w1 field", "thousands-sep"]

FEATURES: list[Feature] = []


def add(name: str, *survey: dict[str, str], choices: list[dict[str, str]] | None = None, **settings: str) -> None:
    FEATURES.append(Feature(list(survey), choices or [], settings, name))


for kind in SIMPLE:
    add(f"type {kind}", row(kind, "q{n}", f"A {kind}?"))
    add(f"required {kind}", row(kind, "q{n}", f"A {kind}?", required="yes", required_message="Needed", hint="As told"))
for kind in METADATA:
    add(f"metadata {kind}", row(kind, "m{n}"))
for look in APPEARANCES:
    add(f"appearance {look}", row("select_one yn", "q{n}", "Which?", appearance=look), choices=YN)
for kind in ["select_one", "select_multiple", "select one", "select one from", "select all that apply", "rank"]:
    add(f"list by {kind}", row(f"{kind} yn", "q{n}", "Which?"), choices=YN)
add("or_other", row("select_one yn or_other", "q{n}", "Which?"), choices=YN)
add("or_other, many", row("select_multiple yn or_other", "q{n}", "Which?", required="true()"), choices=YN)
add("or_other, spoken", row("select_one spoken or_other", "q{n}", **{EN: "Which?"}), choices=SPOKEN)
add("spoken list", row("select_one spoken", "q{n}", **{EN: "Which?", FR: "Lequel ?"}), choices=SPOKEN)
add("one word missing", row("integer", "q{n}", **{EN: "Age"}), row("integer", "p{n}", **{FR: "Poids"}))
add("plain beside spoken", row("integer", "q{n}", "Plain"), row("integer", "p{n}", **{EN: "Spoken"}))
add("plain and spoken in one row", row("integer", "q{n}", "Plain", **{FR: "Dit"}))
add("guidance", row("integer", "q{n}", "Age", guidance_hint="Ask kindly"))
add("hint and guidance", row("integer", "q{n}", "Age", hint="Years", guidance_hint="Ask kindly"))
add("spoken hint", row("integer", "q{n}", **{EN: "Age", "hint::English (en)": "Years", "guidance_hint::French (fr)": "Gentiment"}))
add("hint alone", row("integer", "q{n}", hint="Years"))
add("spoken messages", row("integer", "q{n}", **{EN: "Age", "constraint": ". > 1", "constraint_message::English (en)": "More", "required": "yes",
    "required_message::French (fr)": "Il le faut"}))
add("message with a reference", row("integer", "q{n}", "Age"), row("integer", "p{n}", "More", constraint=". > ${q{n}}", constraint_message="Over ${q{n}}"))
add("label with references", row("integer", "q{n}", "Age"), row("note", "p{n}", "You are ${q{n}}, no less than ${q{n}} & <more>"))
add("choice with a reference", row("text", "who{n}", "Who"), row("select_one them{n}", "q{n}", "Which?"),
    choices=[{"list_name": "them{n}", "name": "1", "label": "For ${who{n}}"}])
add("media", row("integer", "q{n}", "Age", media__image="age.png", media__audio="age.mp3"))
add("media in languages", row("integer", "q{n}", **{EN: "Age", "media::image::English (en)": "age.png", "media::video::French (fr)": "age.mp4"}))
add("big image", row("note", "q{n}", "See", media__image="a.png", **{"media::big-image": "b.png"}))
add("media of choices", row("select_one pics{n}", "q{n}", "Which?"), choices=[{"list_name": "pics{n}", "name": "1", "label": "One", "media::image": "1.png"},
    {"list_name": "pics{n}", "name": "2", "label": "Two"}])
add("relevance", row("select_one yn", "q{n}", "Net?"), row("integer", "p{n}", "Age", relevant="${q{n}} = 1 and not(selected(${q{n}}, '2'))"), choices=YN)
add("constraint", row("integer", "q{n}", "Age", constraint=". >= 18 and . <= 110", constraint_message="From 18 to 110"))
add("alias relevance", row("select_one yn", "q{n}", "Net?"), row("integer", "p{n}", "Age", relevance="${q{n}} = 1"), choices=YN)
add("alias caption", {"type": "integer", "name": "q{n}", "caption": "Age", "constraining_message": "No", "constraint": ". > 1", "readonly": "yes"})
add("read only", row("integer", "q{n}", "Age", read_only="yes", default="5"))
add("read only by expression", row("integer", "q{n}", "Age"), row("integer", "p{n}", "More", read_only="${q{n}} > 3"))
add("note read only", row("note", "q{n}", "So", read_only="false()"))
add("calculate", row("integer", "q{n}", "Age"), row("calculate", "c{n}", calculation="int(${q{n}} * 2) + 1"))
add("alias calculate", row("integer", "q{n}", "Age"), {"type": "calculate", "name": "c{n}", "calculate": "${q{n}} div 2"})
add("calculation that is shown", row("integer", "q{n}", "Age"), row("integer", "p{n}", "Twice", calculation="${q{n}} * 2"))
add("calculation without words", row("integer", "q{n}", "Age"), row("integer", "p{n}", calculation="${q{n}} * 2"))
add("static default", row("integer", "q{n}", "Age", default="18"), row("date", "d{n}", "Day", default="2020-01-01"))
add("words as default", row("text", "q{n}", "Words", default="north-west"), row("image", "i{n}", "See", default="a.png"))
add("computed default", row("integer", "q{n}", "Age", default="1 + 1"), row("date", "d{n}", "Day", default="today()"))
add("default from another", row("integer", "q{n}", "Age"), row("integer", "p{n}", "Again", default="${q{n}}"))
add("default of a calculate", row("calculate", "c{n}", default="random()"))
add("trigger", row("integer", "q{n}", "Age"), row("calculate", "c{n}", calculation="now()", trigger="${q{n}}"))
add("trigger of a question", row("integer", "q{n}", "Age"), row("integer", "p{n}", "Then", calculation="${q{n}} + 1", trigger="${q{n}}"))
add("triggers", row("integer", "q{n}", "Age"), row("integer", "p{n}", "More"), row("calculate", "c{n}", calculation="now()", trigger="${q{n}}, ${p{n}}"))
add("hidden", row("hidden", "h{n}", default="7"))
add("group", row("begin_group", "g{n}", "Part", appearance="field-list"), row("integer", "q{n}", "Age"), row("end_group", ""))
add("group without words", row("begin group", "g{n}", relevant="1 = 1"), row("integer", "q{n}", "Age"), row("end group", ""))
add("groups in groups", row("begin_group", "g{n}", "Part"), row("begin_group", "i{n}", **{EN: "Inner"}), row("integer", "q{n}", "Age"), row("end_group", ""), row("end_group", ""))
ROSTER = [row("text", "p{n}", "Alias"), row("integer", "q{n}", "Age of ${p{n}}", constraint=". < 120")]
add("repeat", row("begin_repeat", "r{n}", "Person"), *ROSTER, row("end_repeat", ""))
add("repeat without words", row("begin repeat", "r{n}"), *ROSTER, row("end repeat", ""))
add("repeat counted", row("begin_repeat", "r{n}", "Person", repeat_count="3"), *ROSTER, row("end_repeat", ""))
add("repeat counted by a question", row("integer", "k{n}", "How many"), row("begin_repeat", "r{n}", "Person", repeat_count="${k{n}}"), *ROSTER, row("end_repeat", ""))
add("repeat counted by an expression", row("integer", "k{n}", "How many"), row("begin_repeat", "r{n}", "Person", count="${k{n}} + 1", appearance="field-list"), *ROSTER, row("end_repeat", ""))
add("repeat with relevance", row("integer", "k{n}", "How many"), row("begin_repeat", "r{n}", "Person", relevant="${k{n}} > 0"), *ROSTER, row("end_repeat", ""))
add("inside a repeat", row("begin_repeat", "r{n}", "Person"), row("integer", "q{n}", "Age"), row("begin_group", "g{n}", "Part"),
    row("integer", "p{n}", "More", relevant="${q{n}} > 17", constraint=". != ${q{n}}"), row("calculate", "c{n}", calculation="${p{n}} + ${q{n}} + position(..)"), row("end_group", ""),
    row("note", "z{n}", "Was ${p{n}} and ${c{n}}"), row("end_repeat", ""))
add("over a repeat", row("begin_repeat", "r{n}", "Person"), row("integer", "q{n}", "Age"), row("end_repeat", ""),
    row("calculate", "c{n}", calculation="count(${r{n}}) + sum(${q{n}})"), row("calculate", "d{n}", calculation="join(', ', ${q{n}})"),
    row("calculate", "e{n}", calculation="indexed-repeat(${q{n}}, ${r{n}}, 1)"), row("calculate", "f{n}", calculation="max(${q{n}}) - min(${q{n}})"))
add("indexed inside", row("begin_repeat", "r{n}", "Person"), row("integer", "q{n}", "Age"), row("calculate", "i{n}", calculation="position(..)"),
    row("calculate", "c{n}", calculation="indexed-repeat(${q{n}}, ${r{n}}, ${i{n}} - 1)"), row("end_repeat", ""))
add("repeat in repeat", row("begin_repeat", "r{n}", "Home"), row("text", "a{n}", "Road"), row("begin_repeat", "s{n}", "Person"), row("integer", "q{n}", "Age on ${a{n}}"),
    row("integer", "p{n}", "More", relevant="${q{n}} > 3"), row("end_repeat", ""), row("calculate", "c{n}", calculation="sum(${q{n}})"), row("end_repeat", ""))
add("repeat in group in repeat", row("begin_repeat", "r{n}", "Home"), row("begin_group", "g{n}", "Part"), row("begin_repeat", "s{n}", "Person"), row("integer", "q{n}", "Age"),
    row("end_repeat", ""), row("end_group", ""), row("end_repeat", ""))
add("counted repeat in repeat", row("begin_repeat", "r{n}", "Home"), row("integer", "k{n}", "How many"), row("begin_repeat", "s{n}", "Person", repeat_count="${k{n}}"),
    row("integer", "q{n}", "Age"), row("end_repeat", ""), row("begin_repeat", "t{n}", "Other", repeat_count="${k{n}} + 1"), row("integer", "p{n}", "Age"), row("end_repeat", ""), row("end_repeat", ""))
add("default in a repeat", row("begin_repeat", "r{n}", "Person"), row("integer", "q{n}", "Age", default="1 + 1"), row("begin_group", "g{n}", "Part"), row("date", "d{n}", "Day", default="today()"),
    row("end_group", ""), row("end_repeat", ""))
add("trigger in a repeat", row("begin_repeat", "r{n}", "Person"), row("integer", "q{n}", "Age"), row("calculate", "c{n}", calculation="${q{n}} + 1", trigger="${q{n}}"), row("end_repeat", ""))
add("or_other in a repeat", row("begin_repeat", "r{n}", "Person"), row("select_one yn or_other", "q{n}", "Which?"), row("end_repeat", ""), choices=YN)
CASCADE = [row("select_one region", "a{n}", "Region"), row("select_one town", "q{n}", "Town", choice_filter="region = ${a{n}}")]
add("cascade", *CASCADE, choices=TOWNS)
add("cascade in a repeat", row("begin_repeat", "r{n}", "Home"), *CASCADE, row("end_repeat", ""), choices=TOWNS)
add("cascade of many", CASCADE[0], row("select_multiple town", "q{n}", "Towns", choice_filter="region = ${a{n}} or size > 2"), choices=TOWNS)
add("cascade from outside", CASCADE[0], row("begin_repeat", "r{n}", "Home"), CASCADE[1], row("end_repeat", ""), choices=TOWNS)
add("random order", row("select_one yn", "q{n}", "Which?", parameters="randomize=true"), choices=YN)
add("random order, seeded", row("select_one yn", "q{n}", "Which?", parameters="randomize=true, seed=42"), choices=YN)
add("random order, seeded by a question", row("calculate", "c{n}", calculation="once(random())"), row("rank yn", "q{n}", "Which?", parameters="randomize=true seed=${c{n}}"), choices=YN)
add("not in random order", row("select_one yn", "q{n}", "Which?", parameters="randomize=false"), choices=YN)
add("random cascade", CASCADE[0], row("select_one town", "q{n}", "Town", choice_filter="region = ${a{n}}", parameters="randomize=true"), choices=TOWNS)
add("lookup in a list", CASCADE[0], row("calculate", "c{n}", calculation="instance('town')/root/item[region = ${a{n}}]/size"), choices=TOWNS)
add("lookup from a repeat", row("begin_repeat", "r{n}", "Home"), CASCADE[0], row("calculate", "c{n}", calculation="count(instance('town')/root/item[region = ${a{n}}])"), row("end_repeat", ""), choices=TOWNS)
add("name of a choice", row("select_one yn", "q{n}", "Which?"), row("calculate", "c{n}", calculation="jr:choice-name(${q{n}}, '${q{n}}')"), choices=YN)
add("file of choices", row("select_one_from_file places{n}.csv", "q{n}", "Where"))
add("files of choices", row("select_multiple_from_file places{n}.xml", "q{n}", "Where", parameters="value=id, label=Title", choice_filter="kind = 1"))
add("geojson", row("select_one_from_file map{n}.geojson", "q{n}", "Where"))
add("pulldata", row("text", "q{n}", "Code"), row("calculate", "c{n}", calculation="pulldata('frame{n}', 'size', 'code', ${q{n}})"))
add("csv-external", row("csv-external", "extra{n}"), row("calculate", "c{n}", calculation="instance('extra{n}')/root/item[code = 1]/size"))
add("xml-external", row("xml-external", "extra{n}"))
add("range", row("range", "q{n}", "How much", parameters="start=0 end=5 step=1"))
add("range with fractions", row("range", "q{n}", "How much", parameters="start=0;end=1;step=0.1"))
add("range downward", row("range", "q{n}", "How much", parameters="start=10 end=0 step=2", appearance="picker"))
add("rows", row("text", "q{n}", "Words", parameters="rows=3"))
add("pixels", row("image", "q{n}", "Paper", parameters="max-pixels=640"))
add("drawing by an app", row("image", "q{n}", "Paper", parameters="app=com.example.draw"))
add("quality", row("audio", "q{n}", "Voice", parameters="quality=voice-only"))
add("accuracy", row("geopoint", "q{n}", "Where", parameters="capture-accuracy=5 warning-accuracy=20"))
add("dates", row("date", "q{n}", "Born"), row("calculate", "c{n}", calculation="int((today() - ${q{n}}) div 365.25)"), row("calculate", "d{n}", calculation="format-date(${q{n}}, '%Y-%m')"),
    row("date", "p{n}", "Later", constraint=". > ${q{n}} and . <= today()"))
add("functions", row("text", "q{n}", "Words", constraint="regex(., '^[A-Z]{2}$') and string-length(.) < 10"), row("calculate", "c{n}", calculation="if(contains(${q{n}}, 'a'), substr(${q{n}}, 0, 1), concat(${q{n}}, '-'))"),
    row("calculate", "d{n}", calculation="coalesce(${q{n}}, round(2.456, 2))"))
add("paths", row("begin_group", "g{n}", "Part"), row("integer", "q{n}", "Age"), row("integer", "p{n}", "More", relevant="../q{n} > 3 and /data/g{n}/q{n} < 9", constraint=". != current()/../q{n}"), row("end_group", ""))
add("comment rows", {"type": "", "hint": "nothing here"}, row("integer", "q{n}", "Age"))
add("note without a name", {"type": "note", "label": "Words"})
add("spaces and quotes", row("note", "q{n}", "So  many   spaces and “quotes” ‘here’"))
add("markup", row("note", "q{n}", "<b>Bold</b> & 'more' \"quoted\""))
add("line break", row("note", "q{n}", "One\nTwo"))
add("own words", row("text", "q{n}", "What else?", constraint="string-length(.) <= 60", free_text_reason="new forms appear"))
add("disabled", row("integer", "q{n}", "Age", disabled="yes"), row("integer", "p{n}", "Age"))
for name, value in [("style", "pages"), ("style", "theme-grid pages"), ("public_key", "MIIB"), ("submission_url", "https://example.org/submission"), ("auto_send", "true"),
                    ("auto_delete", "false"), ("client_editable", "yes"), ("version", "20260101"), ("form_title", "A & B"), ("namespaces", 'own="http://example.org/own"'),
                    ("default_language", "English (en)"), ("default_language", "French (fr)"), ("allow_choice_duplicates", "yes")]:
    add(f"setting {name}={value}", row("integer", "q{n}", **{EN: "Age", FR: "Âge"}), **{name: value})
add("instance name", row("integer", "q{n}", "Age"), instance_name="concat('Form ', ${q{n}})")
add("audit", row("audit", ""))
add("audit of places", row("audit", "", parameters="location-priority=balanced location-min-interval=60 location-max-age=120 track-changes=true"))
add("start place", row("start-geopoint", "q{n}"))
add("background voice", row("background-audio", "q{n}", parameters="quality=low"))
add("doubled choices", row("select_one dup", "q{n}", "Which?"), choices=[{"list_name": "dup", "name": "1", "label": "One"}, {"list_name": "dup", "name": "1", "label": "Two"}], allow_choice_duplicates="yes")

# pyxform lets one of the columns label and caption win where both are there, cell by cell; Kish refuses both.
next(f for f in FEATURES if f.name == "alias caption").alone = True
for spelling, column in [("command", "type"), ("tag", "name"), ("value", "name"), ("bind::relevant", "relevant"), ("bind::required", "required"),
                         ("bind::constraint", "constraint"), ("bind::calculate", "calculation"), ("bind::readonly", "read_only"),
                         ("bind::jr:constraintMsg", "constraint_message"), ("bind::jr:requiredMsg", "required_message"), ("requiredMsg", "required_message"),
                         ("body::appearance", "appearance"), ("Constraint Message", "constraint_message"), ("Read_Only", "read_only")]:
    cells = {"type": "integer", "name": "q{n}", "label": "Age", "relevant": "1 = 1", "required": "yes", "constraint": ". > 1", "constraint_message": "More",
             "required_message": "Needed", "read_only": "no", "appearance": "w1"}
    if column == "calculation":
        cells["calculation"] = "1 + 1"
    FEATURES.append(Feature([{spelling if key == column else key: value for key, value in cells.items()}], name=f"column {spelling}", alone=True))
for spelling in ["jr:count", "body::jr:count", "count"]:
    FEATURES.append(Feature([{"type": "begin_repeat", "name": "r{n}", "label": "Person", spelling: "2"}, row("integer", "q{n}", "Age"), row("end_repeat", "")],
                            name=f"column {spelling}", alone=True))
for spelling in ["image", "big-image", "audio", "video"]:
    cells = {"type": "note", "name": "q{n}", "label": "See", "image": "a.png"} | {spelling: "a.png"}
    FEATURES.append(Feature([cells], name=f"column {spelling}", alone=True))
    shown = {"list_name": "shown", "name": "1", "label": "One", "image": "a.png"} | {spelling: "b.png"}
    FEATURES.append(Feature([row("select_one shown", "q{n}", "Which?")], [shown], name=f"choices' column {spelling}", alone=True))
for spelling, column in [("list name", "list_name"), ("caption", "label"), ("value", "name")]:
    choice = {spelling if key == column else key: value for key, value in {"list_name": "yn", "name": "1", "label": "Yes"}.items()}
    FEATURES.append(Feature([row("select_one yn", "q{n}", "Which?")], [choice], name=f"choices' column {spelling}", alone=True))
for spelling in ["set_form_title", "set_form_id", "id_string"]:
    FEATURES.append(Feature([row("integer", "q{n}", "Age")], settings={spelling: "other"}, name=f"setting {spelling}", alone=True))
add("type begin_lgroup", row("begin_lgroup", "r{n}", "Person"), row("integer", "q{n}", "Age"), row("end_lgroup", ""))
add("type device id", row("device id", "m{n}"))
add("type location", row("location", "q{n}", "Where?"))
add("list by select all that apply from", row("select all that apply from yn", "q{n}", "Which?"), choices=YN)
add("select one from file", row("select one from file places{n}.csv", "q{n}", "Where"))
add("select multiple from file", row("select multiple from file places{n}.csv", "q{n}", "Where"))
add("order drawn", row("select_multiple yn", "q{n}", "Which?"), row("begin_repeat", "r{n}", "Person"), row("integer", "p{n}", "Age"), row("end_repeat", ""),
    row("calculate", "c{n}", calculation="join(' ', randomize(${p{n}}, 42))"), choices=YN)

REFUSALS: list[Feature] = []


def refuse(name: str, *survey: dict[str, str], choices: list[dict[str, str]] | None = None) -> None:
    """Whichever row holds the mistake is marked with `!` before its type, or, in the choices, before its name."""
    REFUSALS.append(Feature(list(survey), choices or [], {}, name))


refuse("unknown type", row("!integr", "q{n}", "Age"))
refuse("unknown reference", row("!integer", "q{n}", "Age", relevant="${nobody} = 1"))
refuse("unknown reference in a label", row("!note", "q{n}", "Hello ${nobody}"))
refuse("unknown list", row("!select_one nobody", "q{n}", "Which?"), choices=YN)
refuse("no list", row("!select_one", "q{n}", "Which?"), choices=YN)
refuse("no name", row("!integer", "", "Age"))
refuse("bad name", row("!integer", "1q", "Age"))
refuse("name with a space", row("!integer", "my age", "Age"))
refuse("name twice", row("integer", "q{n}", "Age"), row("!integer", "q{n}", "Age"))
refuse("reserved name", row("!integer", "meta", "Age"))
refuse("repeat named as the form", row("!begin_repeat", "data", "Age"), row("integer", "q{n}", "Age"), row("end_repeat", ""))
refuse("no words", row("!integer", "q{n}"))
refuse("guidance alone", row("!integer", "q{n}", guidance_hint="Ask"))
refuse("empty calculation", row("!calculate", "q{n}"))
refuse("group left open", row("!begin_group", "g{n}", "Part"), row("integer", "q{n}", "Age"))
refuse("repeat left open", row("!begin_repeat", "g{n}", "Part"), row("integer", "q{n}", "Age"))
refuse("group never begun", row("integer", "q{n}", "Age"), row("!end_group", ""))
refuse("repeat ended as a group", row("begin_repeat", "g{n}", "Part"), row("integer", "q{n}", "Age"), row("!end_group", ""))
refuse("trigger that is nobody", row("!calculate", "q{n}", calculation="1", trigger="${nobody}"))
refuse("trigger that is no reference", row("integer", "p{n}", "Age"), row("!calculate", "q{n}", calculation="1", trigger="p{n}"))
refuse("or_other with a filter", row("select_one region", "a{n}", "Where"), row("!select_one town or_other", "q{n}", "Which?", choice_filter="region = ${a{n}}"), choices=TOWNS)
refuse("unknown parameter", row("!select_one yn", "q{n}", "Which?", parameters="random=true"), choices=YN)
refuse("parameters that are no pairs", row("!range", "q{n}", "How much", parameters="start 1"))
refuse("step of zero", row("!range", "q{n}", "How much", parameters="start=1 end=5 step=0"))
refuse("step too long", row("!range", "q{n}", "How much", parameters="start=1 end=5 step=9"))
refuse("range of words", row("!range", "q{n}", "How much", parameters="start=a end=5"))
refuse("rows of words", row("!text", "q{n}", "Words", parameters="rows=many"))
refuse("random maybe", row("!select_one yn", "q{n}", "Which?", parameters="randomize=maybe"), choices=YN)
refuse("seed alone", row("!select_one yn", "q{n}", "Which?", parameters="seed=4"), choices=YN)
refuse("seed of words", row("!select_one yn", "q{n}", "Which?", parameters="randomize=true seed=four"), choices=YN)
refuse("file of another kind", row("!select_one_from_file places.txt", "q{n}", "Where"))
refuse("audit by another name", row("!audit", "mine"))
refuse("quality unknown", row("!audio", "q{n}", "Voice", parameters="quality=best"))
refuse("big image alone", row("!note", "q{n}", "See", **{"media::big-image": "b.png"}))
refuse("choice twice", row("select_one two{n}", "q{n}", "Which?"), choices=[{"list_name": "two{n}", "name": "1", "label": "One"}, {"list_name": "two{n}", "name": "!1", "label": "Two"}])
refuse("choice without a name", row("select_one two{n}", "q{n}", "Which?"), choices=[{"list_name": "two{n}", "name": "!", "label": "One"}])
refuse("no type", row("!", "q{n}", "Age"))

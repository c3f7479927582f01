//! The words the identifier screen looks for, in English, French, Spanish and Arabic.

/// Phrases that ask who someone is, each with what it asks. They are looked for as whole words.
const WHO: [(&str, &str); 76] = [
    ("first name", "a name"),
    ("last name", "a name"),
    ("full name", "a name"),
    ("family name", "a name"),
    ("surname", "a name"),
    ("your name", "a name"),
    ("firstname", "a name"),
    ("lastname", "a name"),
    ("name of the respondent", "a name"),
    ("respondent name", "a name"),
    ("nom", "a name"),
    ("noms", "a name"),
    ("prenom", "a name"),
    ("prénom", "a name"),
    ("nombre completo", "a name"),
    ("su nombre", "a name"),
    ("apellido", "a name"),
    ("apellidos", "a name"),
    ("اسمك", "a name"),
    ("الاسم", "a name"),
    ("phone number", "a telephone number"),
    ("phone no", "a telephone number"),
    ("mobile number", "a telephone number"),
    ("telephone number", "a telephone number"),
    ("phone", "a telephone number"),
    ("telephone", "a telephone number"),
    ("whatsapp", "a telephone number"),
    ("numéro de téléphone", "a telephone number"),
    ("numero de telephone", "a telephone number"),
    ("número de teléfono", "a telephone number"),
    ("numero de telefono", "a telephone number"),
    ("teléfono", "a telephone number"),
    ("رقم الهاتف", "a telephone number"),
    ("رقم هاتفك", "a telephone number"),
    ("email", "an e-mail address"),
    ("e mail", "an e-mail address"),
    ("e-mail", "an e-mail address"),
    ("courriel", "an e-mail address"),
    ("correo electrónico", "an e-mail address"),
    ("correo electronico", "an e-mail address"),
    ("البريد الإلكتروني", "an e-mail address"),
    ("address", "an address"),
    ("street", "an address"),
    ("house number", "an address"),
    ("adresse", "an address"),
    ("dirección", "an address"),
    ("direccion", "an address"),
    ("domicilio", "an address"),
    ("عنوانك", "an address"),
    ("العنوان", "an address"),
    ("date of birth", "a date of birth"),
    ("birth date", "a date of birth"),
    ("birthdate", "a date of birth"),
    ("birthday", "a date of birth"),
    ("dob", "a date of birth"),
    ("date de naissance", "a date of birth"),
    ("fecha de nacimiento", "a date of birth"),
    ("تاريخ الميلاد", "a date of birth"),
    ("تاريخ ميلادك", "a date of birth"),
    ("user name", "a handle"),
    ("username", "a handle"),
    ("handle", "a handle"),
    ("facebook", "a handle"),
    ("instagram", "a handle"),
    ("pseudo", "a handle"),
    ("nom d'utilisateur", "a handle"),
    ("usuario", "a handle"),
    ("اسم المستخدم", "a handle"),
    ("national id", "an identity number"),
    ("identity card", "an identity number"),
    ("passport", "an identity number"),
    ("social security number", "an identity number"),
    ("carte d'identité", "an identity number"),
    ("passeport", "an identity number"),
    ("cédula", "an identity number"),
    ("رقم الهوية", "an identity number"),
];

/// Words that tell a household what the survey is about.
const GIVEAWAYS: [&str; 32] = [
    "violence",
    "violent",
    "abuse",
    "abused",
    "abusive",
    "rape",
    "raped",
    "sexual",
    "assault",
    "harassment",
    "stalking",
    "battered",
    "beaten",
    "violences",
    "violente",
    "viol",
    "violée",
    "agression",
    "agressions",
    "harcèlement",
    "maltraitance",
    "violencia",
    "abuso",
    "abusos",
    "violación",
    "agresión",
    "acoso",
    "maltrato",
    "عنف",
    "العنف",
    "اغتصاب",
    "تحرش",
];

/// What a text asks about a person that says who it is.
pub(super) fn asks_who(text: &str) -> Option<&'static str> {
    let text = spaced(text);
    WHO.iter().find(|(phrase, _)| text.contains(&spaced(phrase))).map(|(_, what)| *what)
}

/// The word of a text that gives the survey away.
pub(super) fn gives_away(text: &str) -> Option<&'static str> {
    let text = spaced(text);
    GIVEAWAYS.iter().find(|word| text.contains(&spaced(word))).copied()
}

/// Lower case, words parted by single spaces, one at each end: so that whole words alone are found.
fn spaced(text: &str) -> String {
    let mut out = String::from(" ");
    for c in text.to_lowercase().chars() {
        match c {
            c if c.is_alphanumeric() || c == '\'' => out.push(c),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

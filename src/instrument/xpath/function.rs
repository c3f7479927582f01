//! The functions an expression may call, and how many arguments each takes.

macro_rules! functions {
    ($($variant:ident $name:literal $min:literal..=$max:literal),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Function { $($variant),* }

        impl Function {
            pub const NAMES: &'static [&'static str] = &[$($name),*];

            pub(super) fn named(name: &str) -> Option<Function> {
                match name { $($name => Some(Function::$variant),)* _ => None }
            }

            pub(super) fn name(self) -> &'static str {
                match self { $(Function::$variant => $name),* }
            }

            pub(super) fn arguments(self) -> std::ops::RangeInclusive<usize> {
                match self { $(Function::$variant => $min..=$max),* }
            }
        }
    };
}

const MANY: usize = 64;

functions! {
    Not "not" 1..=1, True "true" 0..=0, False "false" 0..=0, If "if" 3..=3, Coalesce "coalesce" 1..=64,
    Boolean "boolean" 1..=1, BooleanFromString "boolean-from-string" 1..=1,
    Number "number" 1..=1, Int "int" 1..=1, Round "round" 1..=2, Abs "abs" 1..=1, Pow "pow" 2..=2,
    Min "min" 1..=64, Max "max" 1..=64, Sum "sum" 1..=64,
    String "string" 1..=1, Concat "concat" 1..=64, Substr "substr" 2..=3, StringLength "string-length" 0..=1,
    Contains "contains" 2..=2, StartsWith "starts-with" 2..=2, EndsWith "ends-with" 2..=2,
    SubstringBefore "substring-before" 2..=2, SubstringAfter "substring-after" 2..=2, Translate "translate" 3..=3,
    NormalizeSpace "normalize-space" 0..=1, Regex "regex" 2..=2,
    Selected "selected" 2..=2, SelectedAt "selected-at" 2..=2, CountSelected "count-selected" 1..=1,
    Count "count" 1..=1, CountNonEmpty "count-non-empty" 1..=1, Join "join" 1..=64, Checklist "checklist" 3..=64,
    Position "position" 0..=1, IndexedRepeat "indexed-repeat" 3..=7, ChoiceName "jr:choice-name" 2..=2,
    Current "current" 0..=0, Instance "instance" 1..=1, PullData "pulldata" 2..=64,
    Date "date" 1..=1, DateTime "date-time" 1..=1, FormatDate "format-date" 2..=2, FormatDateTime "format-date-time" 2..=2,
    DecimalDateTime "decimal-date-time" 1..=1, DecimalTime "decimal-time" 1..=1,
    Log "log" 1..=1, Log10 "log10" 1..=1, Exp "exp" 1..=1, Sqrt "sqrt" 1..=1, Pi "pi" 0..=0,
    Random "random" 0..=0, Once "once" 1..=1, Now "now" 0..=0, Today "today" 0..=0, Uuid "uuid" 0..=1,
    Randomize "randomize" 1..=2,
}

impl Function {
    /// Values only the device can know; the server takes them as sent and checks their range.
    pub(super) fn is_as_sent(self) -> bool {
        matches!(self, Function::Random | Function::Once | Function::Now | Function::Today | Function::Uuid | Function::Randomize)
            || self.reads_file()
    }

    /// Values out of a file that travels beside the form, which the server does not hold.
    pub(super) fn reads_file(self) -> bool {
        self == Function::PullData
    }

    /// Whether one number comes out of the arguments' own values.
    pub(super) fn is_of_numbers(self) -> bool {
        use Function::{
            Abs, CountSelected, DecimalDateTime, DecimalTime, Exp, Int, Log, Log10, Number, Pi, Pow, Round, Sqrt, StringLength,
        };
        matches!(
            self,
            Abs | CountSelected | DecimalDateTime | DecimalTime | Exp | Int | Log | Log10 | Number | Pi | Pow | Round | Sqrt | StringLength
        )
    }

    /// "one argument", "2 or 3 arguments", "at least one argument".
    pub(super) fn arity_in_words(self) -> String {
        let range = self.arguments();
        match (*range.start(), *range.end()) {
            (0, 0) => "no argument".to_owned(),
            (1, MANY) => "at least one argument".to_owned(),
            (n, m) if n == m => format!("{n} argument{}", if n == 1 { "" } else { "s" }),
            (n, m) => format!("{n} or {m} arguments"),
        }
    }
}

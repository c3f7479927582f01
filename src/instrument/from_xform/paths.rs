//! The paths of an XForm's expressions as references `${name}`, as the author of a workbook writes them.

/// The form's questions by their paths below the root, and where an expression stands among them.
pub(super) struct Paths<'a> {
    pub(super) root: &'a str,
    pub(super) known: &'a dyn Fn(&str) -> bool,
    pub(super) context: &'a str,
    /// Inside the brackets of a list, where paths begin at the choice and those at `current()` at the question.
    pub(super) is_filter: bool,
}

impl Paths<'_> {
    /// The expression with each path that a reference would be written as, as the reference `${name}`; others are left as they are.
    pub(super) fn referred(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.trim();
        let mut brackets = i32::from(self.is_filter);
        while let Some(c) = rest.chars().next() {
            brackets += i32::from(c == '[') - i32::from(c == ']');
            if let Some((name, length)) = self.here(rest, brackets > 0, text).filter(|(_, length)| was_put(&out, &rest[*length..])) {
                put(&mut out, name);
                rest = &rest[length + usize::from(has_space_of_its_own(&rest[length..]))..];
                continue;
            }
            let length = match c {
                '\'' | '"' => {
                    let length = rest[1..].find(c).map_or(rest.len(), |end| end + 2);
                    out.push_str(&self.quoted(&rest[..length], c));
                    length
                }
                '/' if begins_path(&out) => {
                    let length = path_length(rest);
                    match self.name(&rest[..length]) {
                        Some(name) => {
                            put(&mut out, name);
                            length + usize::from(has_space_of_its_own(&rest[length..]))
                        }
                        None => {
                            out.push_str(&rest[..length]);
                            length
                        }
                    }
                }
                c => {
                    out.push(c);
                    c.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        out.trim().to_owned()
    }

    /// `../name` of a question, or `current()/../name` in a filter, and its length.
    fn here<'t>(&self, rest: &'t str, is_in_brackets: bool, whole: &str) -> Option<(&'t str, usize)> {
        let start = match is_in_brackets {
            true if self.is_filter || whole.contains("instance(") => "current()/",
            false => "",
            true => return None,
        };
        let path = rest.strip_prefix(start).filter(|path| path.starts_with("../"))?;
        let path = &path[..path_length(path)];
        let mut steps: Vec<&str> = self.context.split('/').collect();
        for step in path.split('/') {
            if step == ".." {
                steps.pop()?;
            } else {
                steps.push(step);
            }
        }
        ((self.known)(&steps.join("/")) && last(path) != "..").then(|| (last(path), start.len() + path.len()))
    }

    /// `jr:choice-name()` names its question by a path between quotation marks.
    fn quoted(&self, literal: &str, mark: char) -> String {
        let inner = literal.trim_matches(mark);
        match self.name(inner.trim()) {
            Some(name) => format!("{mark}${{{name}}}{mark}"),
            None => literal.to_owned(),
        }
    }

    fn name<'t>(&self, path: &'t str) -> Option<&'t str> {
        let below = path.strip_prefix('/')?.strip_prefix(self.root)?.strip_prefix('/')?;
        (self.known)(below).then(|| last(below))
    }
}

fn put(out: &mut String, name: &str) {
    if out.ends_with("  ") || out.ends_with("( ") {
        out.pop();
    }
    out.push_str("${");
    out.push_str(name);
    out.push('}');
}

/// Whether a path was put in a reference's stead, with a space on either side: an author's own has none or one.
fn was_put(before: &str, after: &str) -> bool {
    let begins = before.is_empty() || before.ends_with("  ") || before.ends_with("( ");
    begins && (after.is_empty() || has_space_of_its_own(after))
}

/// A space that was put behind a path by who wrote the path, and not by the author.
fn has_space_of_its_own(after: &str) -> bool {
    after.strip_prefix(' ').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ')', ',']))
}

/// The name of the question a path leads to.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim()
}

/// A `/` goes on with the path before it where a name, a bracket or a dot stands there.
fn begins_path(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ')' | ']' | '.' | '*' | '/'))
}

fn path_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '/' | '_' | '-' | '.'))).unwrap_or(text.len());
    text[..end].trim_end_matches('/').len().max(1)
}

#[cfg(test)]
mod tests {
    use super::Paths;

    #[test]
    fn paths_from_the_root_become_references() {
        let known = |path: &str| ["a", "g", "g/b", "r", "r/n"].contains(&path);
        let referred = |text: &str| Paths { root: "data", known: &known, context: "r/q", is_filter: false }.referred(text);
        assert_eq!(referred(" /data/a  = 'yes' and  /data/g/b  > 3"), "${a} = 'yes' and ${b} > 3");
        assert_eq!(referred("/data/a=/data/g/b"), "${a}=${b}");
        assert_eq!(referred("instance('l')/root/item[name = /data/a]/label"), "instance('l')/root/item[name = ${a}]/label");
        assert_eq!(referred("/data/r[position() = 2]/n"), "${r}[position() = 2]/n");
        assert_eq!(referred("jr:choice-name( /data/a , ' /data/a ')"), "jr:choice-name(${a}, '${a}')");
        assert_eq!(referred(" ../n  + /data/unknown +  ../../a "), "${n} + /data/unknown + ${a}");
        assert_eq!(referred("selected(../n, 'x')"), "selected(../n, 'x')");
        assert_eq!(referred("position(..) + /data/r[n = ../n]/n"), "position(..) + ${r}[n = ../n]/n");
        let filter = Paths { root: "data", known: &known, context: "r/q", is_filter: true };
        assert_eq!(filter.referred("region =  current()/../n  and ../n = 1"), "region = ${n} and ../n = 1");
        assert_eq!(referred("selected( /data/a , 'x')"), "selected(${a}, 'x')");
        assert_eq!(referred("'/data/'"), "'/data/'");
    }
}

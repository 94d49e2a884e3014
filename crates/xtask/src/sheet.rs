//! A style sheet without what only its authors read: comments, and space that separates nothing.

/// What no space is needed beside. Around a colon it may matter: `a :hover` is not `a:hover`.
const SEPARATORS: &str = "{};,";

/// The sheet in fewer bytes. Texts in quotes stay as they are.
pub(crate) fn tight(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    let mut is_spaced = false;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        if letter.is_whitespace() {
            rest = &rest[letter.len_utf8()..];
            is_spaced = true;
            continue;
        }
        let is_apart = SEPARATORS.contains(letter) || out.ends_with(|l| SEPARATORS.contains(l));
        if is_spaced && !is_apart && !out.is_empty() {
            out.push(' ');
        }
        is_spaced = false;
        if letter == '}' && out.ends_with(';') {
            out.pop();
        }
        let length = match letter {
            '"' | '\'' => quoted(rest),
            other => other.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        out.push_str(word);
        rest = after;
    }
    out
}

/// The bytes of the text in quotes that begins there.
fn quoted(text: &str) -> usize {
    let mut letters = text.char_indices();
    let quote = letters.next().map(|(_, quote)| quote);
    let mut is_escaped = false;
    for (at, letter) in letters {
        if !is_escaped && Some(letter) == quote {
            return at + letter.len_utf8();
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_goes_where_it_separates_nothing() {
        let sheet =
            "/* what */\n.a :hover > b,\n.c {\n  margin: 0 calc(1px + 2px);\n  color: red;\n}\n";
        assert_eq!(
            tight(sheet),
            ".a :hover > b,.c{margin: 0 calc(1px + 2px);color: red}"
        );
        assert_eq!(tight("a /**/ b{} .c/**/.d{}"), "a b{}.c.d{}");
    }

    #[test]
    fn texts_stay_as_they_are() {
        let sheet = r#"a::after { content: "  /* \" ; */ "; }  b { c: ' ; ' }"#;
        assert_eq!(
            tight(sheet),
            r#"a::after{content: "  /* \" ; */ "}b{c: ' ; '}"#
        );
        assert_eq!(tight("a{b: 'open"), "a{b: 'open");
    }
}

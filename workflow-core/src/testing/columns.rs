//! Two texts side by side, equal lines beside each other.

/// What a line of one text is beside: its equal, or nothing.
enum Pair<'a> {
    Both(&'a str),
    Left(&'a str),
    Right(&'a str),
}

/// Two columns with a title each; `|` marks the lines that only one of them has.
pub(super) fn side_by_side(left: (&str, &[String]), right: (&str, &[String])) -> String {
    let longest = left.1.iter().map(|line| line.chars().count()).max();
    let width = longest.unwrap_or_default().max(left.0.chars().count());
    let row = |left: &str, mark: &str, right: &str| {
        let row = format!("  {left:<width$} {mark} {right}");
        format!("{}\n", row.trim_end())
    };
    let mut text = row(left.0, " ", right.0);
    for pair in paired(left.1, right.1) {
        text += &match pair {
            Pair::Both(line) => row(line, " ", line),
            Pair::Left(line) => row(line, "|", ""),
            Pair::Right(line) => row("", "|", line),
        };
    }
    text
}

/// The lines in order, paired by their longest common subsequence.
fn paired<'a>(left: &'a [String], right: &'a [String]) -> Vec<Pair<'a>> {
    let common = common(left, right);
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            pairs.push(Pair::Both(&left[i]));
            i += 1;
            j += 1;
        } else if j == right.len() || (i < left.len() && common[i + 1][j] >= common[i][j + 1]) {
            pairs.push(Pair::Left(&left[i]));
            i += 1;
        } else {
            pairs.push(Pair::Right(&right[j]));
            j += 1;
        }
    }
    pairs
}

/// How many lines the rests from `i` and `j` on have in common, at most.
fn common(left: &[String], right: &[String]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i][j] = if left[i] == right[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_stand_beside_each_other() {
        let lines = |text: &str| -> Vec<_> { text.split(' ').map(str::to_owned).collect() };
        let text = side_by_side(("one", &lines("a b d")), ("two", &lines("a c d e")));
        let expected = "  one   two\n  a     a\n  b   |\n      | c\n  d     d\n      | e\n";
        assert_eq!(text, expected);
    }
}

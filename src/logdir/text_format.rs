//! Protocol buffers as text, as far as configurations use it.
//!
//! <https://protobuf.dev/reference/protobuf/textformat-spec>

use std::iter::Peekable;
use std::str::Chars;

/// A field of a message: its name and what it holds.
pub(super) type Field = (String, Held);

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    /// The content of string literals.
    Text(Vec<u8>),
    /// A number or a word.
    Word(String),
    Message(Vec<Field>),
}

/// So deep may messages lie in each other.
const DEPTH: usize = 50;

/// Reads the fields of a message.
pub(super) fn parse(text: &str) -> Result<Vec<Field>, String> {
    let mut parser = Parser { rest: text.chars().peekable(), line: 1 };
    parser.fields(None, 0).map_err(|problem| format!("line {}: {problem}", parser.line))
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    /// The next character that is neither space nor comment.
    fn peek(&mut self) -> Option<char> {
        loop {
            match self.rest.peek()? {
                '#' => while self.next().is_some_and(|c| c != '\n') {},
                c if c.is_whitespace() => drop(self.next()),
                c => return Some(*c),
            }
        }
    }

    fn skip(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn fields(&mut self, end: Option<char>, depth: usize) -> Result<Vec<Field>, String> {
        if depth > DEPTH {
            return Err("messages lie too deep in each other".to_owned());
        }
        let mut fields = Vec::new();
        loop {
            match (self.peek(), end) {
                (None, None) => return Ok(fields),
                (None, Some(end)) => return Err(format!("the text ends before `{end}`")),
                (next, _) if next == end => {
                    self.next();
                    return Ok(fields);
                }
                _ => {}
            }
            let name = self.word()?;
            let colon = self.skip(':');
            if self.skip('[') {
                while !self.skip(']') {
                    fields.push((name.clone(), self.value(true, depth)?));
                    self.skip(',');
                }
            } else {
                let value = self.value(colon, depth)?;
                fields.push((name, value));
            }
            let _ = self.skip(',') || self.skip(';');
        }
    }

    fn value(&mut self, colon: bool, depth: usize) -> Result<Held, String> {
        match self.peek() {
            Some(open @ ('{' | '<')) => {
                self.next();
                let end = if open == '{' { '}' } else { '>' };
                self.fields(Some(end), depth + 1).map(Held::Message)
            }
            Some(_) if !colon => Err("got a value without `:`".to_owned()),
            Some('"' | '\'') => {
                let mut text = Vec::new();
                while let Some(quote @ ('"' | '\'')) = self.peek() {
                    self.next();
                    self.literal(quote, &mut text)?;
                }
                Ok(Held::Text(text))
            }
            _ => self.word().map(Held::Word),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let mut word = String::new();
        self.peek();
        let part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+');
        while let Some(&c) = self.rest.peek().filter(|c| part(c)) {
            word.push(c);
            self.next();
        }
        match (word.is_empty(), self.rest.peek()) {
            (false, _) => Ok(word),
            (true, Some(c)) => Err(format!("got `{}`, want a word", c.escape_debug())),
            (true, None) => Err("the text ends before a value".to_owned()),
        }
    }

    fn literal(&mut self, quote: char, text: &mut Vec<u8>) -> Result<(), String> {
        loop {
            match self.next() {
                None | Some('\n') => return Err(format!("the line ends before `{quote}`")),
                Some(c) if c == quote => return Ok(()),
                Some('\\') => self.escape(text)?,
                Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), String> {
        let escaped = self.next().ok_or("the text ends after `\\`")?;
        let byte = match escaped {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'v' => 11,
            '"' | '\'' | '\\' | '?' => escaped as u8,
            '0'..='7' => self.digits(8, 2, escaped.to_digit(8).unwrap_or(0)) as u8,
            'x' => self.digits(16, 2, 0) as u8,
            'u' | 'U' => {
                let digits = if escaped == 'u' { 4 } else { 8 };
                let code = self.digits(16, digits, 0);
                let c = char::from_u32(code).ok_or("got an escape that is no character")?;
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(format!("got the escape `\\{}`", escaped.escape_debug())),
        };
        text.push(byte);
        Ok(())
    }

    /// The number in at most so many digits, which continue what was read of it.
    fn digits(&mut self, radix: u32, most: usize, mut number: u32) -> u32 {
        for _ in 0..most {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(radix)) else { break };
            number = number.wrapping_mul(radix).wrapping_add(digit);
            self.next();
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_lists_comments_and_escapes_are_read() {
        let text = "a: 1 # one\nb { c: 'x' \"\\n\\\"\\303\\251\\x41\" }, d: [2, 3]; e < f: -1.5 >";
        let (text_of, word) = (|t: &[u8]| Held::Text(t.to_vec()), |w: &str| Held::Word(w.into()));
        let want = [
            ("a", word("1")),
            ("b", Held::Message(vec![("c".into(), text_of("x\n\"éA".as_bytes()))])),
            ("d", word("2")),
            ("d", word("3")),
            ("e", Held::Message(vec![("f".into(), word("-1.5"))])),
        ];
        assert_eq!(parse(text).unwrap(), want.map(|(name, held)| (name.to_owned(), held)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let of = |text: &str| parse(text).unwrap_err();
        assert_eq!(of("a: 1\nb {\n"), "line 3: the text ends before `}`");
        assert_eq!(of("a 1"), "line 1: got a value without `:`");
        assert_eq!(of("\n}"), "line 2: got `}`, want a word");
        assert_eq!(of("a: \"x\n\""), "line 2: the line ends before `\"`");
        assert_eq!(of(&"a{".repeat(100_000)), "line 1: messages lie too deep in each other");
    }
}

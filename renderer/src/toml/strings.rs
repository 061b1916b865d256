//! The four kinds of TOML strings.

use super::reader::Reader;

impl Reader<'_> {
    /// `"..."` or `'...'` on one line.
    pub(super) fn line_string(&mut self, quote: u8) -> Result<Vec<u8>, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None if quote == b'"' => return self.fail("unexpected EOF; expected '\"'"),
                None => return self.fail("unexpected EOF; expected \"'\""),
                Some(b'\n') => return self.fail("strings cannot contain newlines"),
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(bytes);
                }
                Some(b'\\') if quote == b'"' => self.escape(&mut bytes)?,
                Some(byte) => {
                    self.refuse_control()?;
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// Three quotes; a line break right behind them is dropped.
    pub(super) fn block_string(&mut self, quote: u8) -> Result<Vec<u8>, String> {
        self.at += 3;
        if self.text[self.at..].starts_with(b"\r\n") {
            self.at += 2;
        } else if self.peek() == Some(b'\n') {
            self.at += 1;
        }
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None if quote == b'"' => return self.fail("unexpected EOF; expected '\"\"\"'"),
                None => return self.fail("unexpected EOF; expected \"'''\""),
                Some(byte) if byte == quote => {
                    let run = self.text[self.at..].iter().take_while(|byte| **byte == quote).count();
                    self.at += run.min(5);
                    // Up to two quotes may stand right before the closing three.
                    if run < 3 {
                        bytes.extend(std::iter::repeat_n(quote, run));
                        continue;
                    }
                    bytes.extend(std::iter::repeat_n(quote, run.min(5) - 3));
                    return Ok(bytes);
                }
                Some(b'\\') if quote == b'"' => {
                    if !self.skip_line_end() {
                        self.escape(&mut bytes)?;
                    }
                }
                Some(b'\r') if self.text.get(self.at + 1) == Some(&b'\n') => self.at += 1,
                Some(byte) => {
                    self.refuse_control()?;
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// A backslash at the end of a line takes all white space up to the next text.
    fn skip_line_end(&mut self) -> bool {
        let rest = &self.text[self.at + 1..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
        if rest.get(blanks) != Some(&b'\n') {
            return false;
        }
        self.at += 1;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        true
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'b') => 0x08,
            Some(b't') => b'\t',
            Some(b'n') => b'\n',
            Some(b'f') => 0x0C,
            Some(b'r') => b'\r',
            Some(b'e') => 0x1B,
            Some(byte @ (b'"' | b'\\')) => byte,
            Some(b'x') => return self.code(2, "two", 'x', bytes),
            Some(b'u') => return self.code(4, "four", 'u', bytes),
            Some(b'U') => return self.code(8, "eight", 'U', bytes),
            Some(byte) => return self.fail(&format!("invalid escape in string '\\{}'", char::from(byte))),
            None => return self.fail("unexpected EOF; expected '\"'"),
        };
        self.at += 1;
        bytes.push(plain);
        Ok(())
    }

    fn code(&mut self, digits: usize, count: &str, letter: char, bytes: &mut Vec<u8>) -> Result<(), String> {
        let start = self.at + 1;
        let text =
            String::from_utf8_lossy(self.text.get(start..start + digits).unwrap_or_default()).into_owned();
        if text.len() != digits || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.fail(&format!(
                "expected {count} hexadecimal digits after '\\{letter}', but got {text:?} instead"
            ));
        }
        let code = u32::from_str_radix(&text, 16).unwrap_or(u32::MAX);
        let Some(character) = char::from_u32(code) else {
            return self.fail(&format!("Escaped character '\\u{text}' is not valid UTF-8."));
        };
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.at = start + digits;
        Ok(())
    }
}

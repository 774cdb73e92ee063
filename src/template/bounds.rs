//! How much one evaluation may do: a template that would run for ever, or make a gigabyte, is refused at its line.

/// Steps: values made, loop rounds, operators.
const STEPS: u64 = 1_000_000;
/// Bytes of text made.
const TEXT: u64 = 64 << 20;
/// Work of the engine's filters, in its own unit: about one per step or 64 bytes.
pub const FUEL: u64 = 500_000;
/// How deep template nodes may nest, fragments included.
pub const DEPTH: usize = 96;

/// What is left.
#[derive(Debug)]
pub struct Budget {
    steps: u64,
    text: u64,
    /// The bound that was passed.
    pub passed: Option<&'static str>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: STEPS, text: TEXT, passed: None }
    }
}

impl Budget {
    /// Takes one step.
    pub fn step(&mut self) -> bool {
        self.steps(1)
    }

    /// Takes steps; `false`: no more.
    pub fn steps(&mut self, count: usize) -> bool {
        match self.steps.checked_sub(count as u64) {
            Some(left) => self.steps = left,
            None => {
                self.steps = 0;
                self.passed = Some("the template makes too many values");
            }
        }
        self.passed.is_none()
    }

    /// Makes text of so many bytes; `false`: no more.
    pub fn text(&mut self, bytes: usize) -> bool {
        match self.text.checked_sub(bytes as u64) {
            Some(left) => self.text = left,
            None => {
                self.text = 0;
                self.passed = Some("the template makes too much text");
            }
        }
        self.passed.is_none()
    }
}

//! Go text/template: lexer, parser, evaluator with Go's semantics, error texts, bounds and traces. It knows nothing of charts.

pub mod ast;
mod branches;
pub mod builtins;
mod call;
mod compare;
mod escape;
mod expr;
pub mod float;
mod helm_calls;
mod index;
mod items;
mod lex_tokens;
pub mod lexer;
mod mentions;
pub mod number;
mod operand;
mod output;
mod parse_pipeline;
pub mod parser;
pub mod print;
pub mod printf;
pub mod quote;
mod record;
mod run;
mod set;
#[cfg(test)]
mod tests;
pub mod verbs;
mod verbs_numbers;
mod walk;

pub use output::without_no_value;
pub use record::Recorder;
pub use run::{Run, STACK_BYTES, run};
pub use set::Set;
pub use verbs_numbers::duration_text;

//! Go text/template: lexer, parser, evaluator with Go's semantics, error texts, bounds and traces. It knows nothing of charts.

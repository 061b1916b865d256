//! Tests of reading an index.

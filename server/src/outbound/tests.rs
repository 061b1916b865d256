//! Tests of the client against servers of this process on loopback ports.

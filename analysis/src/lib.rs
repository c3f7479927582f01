//! Design-based estimation: numbers in, numbers out. No clock, no input or output, no identifiers.

//! Values on their way to the templates: user values, coalescing, imports, schema.

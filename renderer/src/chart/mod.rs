//! Files to a chart tree: Chart.yaml, values, schema, templates, subcharts, as Helm's loader reads them.

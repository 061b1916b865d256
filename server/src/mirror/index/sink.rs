//! Where both readers put what they find: counts it against the limits, sees charts given twice, and hands it out.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::entry::{Raw, shortened};
use super::{Counts, Fault, Found, Refused};
use crate::model::ChartName;

pub(super) struct Sink<'f> {
    each: &'f mut dyn FnMut(Found) -> ControlFlow<()>,
    entries_max: usize,
    charts: HashSet<ChartName>,
    pub(super) counts: Counts,
    /// Place in the list of the chart in work.
    position: usize,
}

impl<'f> Sink<'f> {
    pub(super) fn new(each: &'f mut dyn FnMut(Found) -> ControlFlow<()>, entries_max: usize) -> Self {
        Sink { each, entries_max, charts: HashSet::new(), counts: Counts::default(), position: 0 }
    }

    /// A chart's list begins; `None` where the name is not valid, which is then reported once for all its versions.
    pub(super) fn chart(&mut self, key: &str) -> Result<Option<ChartName>, Fault> {
        self.counts.charts += 1;
        self.position = 0;
        self.within_limits()?;
        match ChartName::parse(key) {
            Ok(chart) => Ok(Some(chart)),
            Err(invalid) => self.refuse(key, invalid.0).map(|()| None),
        }
    }

    /// False if this chart had a list before: two readers would follow different ones.
    pub(super) fn is_first(&mut self, chart: &ChartName) -> bool {
        self.charts.insert(chart.clone())
    }

    pub(super) fn entry(&mut self, chart: &ChartName, raw: Raw) -> Result<(), Fault> {
        self.counts.entries += 1;
        self.within_limits()?;
        let version = raw.version.clone().unwrap_or_default();
        let position = self.position;
        self.position += 1;
        match raw.into_entry(chart, position) {
            Ok(entry) => self.hand_out(Found::Entry(entry)),
            Err(why) => self.refuse_at(position, chart.as_str(), &version, why),
        }
    }

    /// Reports a whole chart.
    pub(super) fn refuse(&mut self, chart: &str, why: String) -> Result<(), Fault> {
        self.refuse_at(0, chart, "", why)
    }

    fn refuse_at(&mut self, position: usize, chart: &str, version: &str, why: String) -> Result<(), Fault> {
        self.counts.refused += 1;
        let (chart, version) = (shortened(chart), shortened(version));
        self.hand_out(Found::Refused(Refused { chart, version, position, why }))
    }

    fn hand_out(&mut self, found: Found) -> Result<(), Fault> {
        if (self.each)(found).is_break() { Err(Fault::Stopped) } else { Ok(()) }
    }

    fn within_limits(&self) -> Result<(), Fault> {
        if self.counts.charts + self.counts.entries > self.entries_max {
            return Err(Fault::TooMany { entries_max: self.entries_max });
        }
        Ok(())
    }
}

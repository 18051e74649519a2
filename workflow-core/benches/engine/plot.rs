//! Draws charts whose axes are both logarithmic, one beside the other.

use std::path::Path;

use plotters::prelude::*;

use crate::Outcome;

/// One line.
pub(crate) struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

/// One chart.
pub(crate) struct Chart {
    name: &'static str,
    across: &'static str,
    series: Vec<Series>,
}

impl Series {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            points: Vec::new(),
        }
    }

    pub(crate) fn point(&mut self, x: f64, y: f64) {
        self.points.push((x, y));
    }
}

impl Chart {
    pub(crate) const fn new(name: &'static str, across: &'static str, series: Vec<Series>) -> Self {
        Self {
            name,
            across,
            series,
        }
    }

    /// The least and the most of one coordinate, with room around them.
    fn range(&self, of: fn(&(f64, f64)) -> f64) -> (f64, f64) {
        let values = || {
            self.series
                .iter()
                .flat_map(|series| series.points.iter().map(of))
        };
        let least = values().fold(f64::MAX, f64::min);
        let most = values().fold(f64::MIN_POSITIVE, f64::max);
        (least / 1.5, most * 1.5)
    }
}

/// Writes the charts into an SVG file.
pub(crate) fn draw(path: &Path, charts: &[Chart]) -> Outcome<()> {
    let area = SVGBackend::new(path, (1_000, 1_050)).into_drawing_area();
    area.fill(&WHITE)?;
    for (chart, area) in charts.iter().zip(area.split_evenly((3, 2))) {
        let (left, right) = chart.range(|point| point.0);
        let (below, above) = chart.range(|point| point.1);
        let mut axes = ChartBuilder::on(&area)
            .caption(chart.name, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d((left..right).log_scale(), (below..above).log_scale())?;
        axes.configure_mesh().x_desc(chart.across).draw()?;
        for (number, series) in chart.series.iter().enumerate() {
            let color = [BLUE, RED][number % 2];
            let line = LineSeries::new(series.points.iter().copied(), color).point_size(3);
            let drawn = axes.draw_series(line)?.label(&series.name);
            drawn.legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color));
        }
        axes.configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()?;
    }
    area.present()?;
    Ok(())
}

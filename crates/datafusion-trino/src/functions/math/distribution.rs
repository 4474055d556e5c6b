//! Distribution functions: of the normal, the beta and Student's distribution, and Wilson's interval.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;

use super::{by_row, demand, double, double_at};
use crate::functions::scalar::{Call, Function, Kind, fit};

pub(super) fn functions() -> Vec<Function> {
    let three = |name: &str, types: &[DataType]| fit(name, types, &[&[Kind::Double; 3]]);
    let two = |name: &str, types: &[DataType]| fit(name, types, &[&[Kind::Double; 2]]);
    let trials = |name: &str, types: &[DataType]| fit(name, types, &[&[Kind::Integer, Kind::Integer, Kind::Double]]);
    vec![
        Function::new("normal_cdf", three, double, |call| {
            of_three(call, |mean, deviation, value| {
                demand(deviation > 0.0, "standardDeviation must be > 0")?;
                Ok(normal((value - mean) / deviation))
            })
        }),
        Function::new("inverse_normal_cdf", three, double, |call| {
            of_three(call, |mean, deviation, p| {
                demand(p > 0.0 && p < 1.0, "p must be 0 > p > 1")?;
                demand(deviation > 0.0, "sd must be > 0")?;
                Ok(mean + deviation * inverse_normal(p))
            })
        }),
        Function::new("beta_cdf", three, double, |call| {
            of_three(call, |a, b, value| {
                demand((0.0..=1.0).contains(&value), "value must be 0 >= v >= 1")?;
                demand(a > 0.0 && b > 0.0, "a, b must be > 0")?;
                Ok(beta(value, a, b))
            })
        }),
        Function::new("inverse_beta_cdf", three, double, |call| {
            of_three(call, |a, b, p| {
                demand((0.0..=1.0).contains(&p), "p must be 0 >= p >= 1")?;
                demand(a > 0.0 && b > 0.0, "a, b must be > 0")?;
                Ok(invert(p, 0.0, 1.0, |x| beta(x, a, b)))
            })
        }),
        Function::new("t_cdf", two, double, |call| of_two(call, student)),
        Function::new("t_pdf", two, double, |call| of_two(call, student_density)),
        Function::new("wilson_interval_lower", trials, double, |call| wilson(call, -1.0)),
        Function::new("wilson_interval_upper", trials, double, |call| wilson(call, 1.0)),
    ]
}

fn of_three(call: &Call, value: fn(f64, f64, f64) -> Result<f64>) -> Result<ArrayRef> {
    by_row(call, |row| value(double_at(call, 0, row), double_at(call, 1, row), double_at(call, 2, row)))
}

fn of_two(call: &Call, value: fn(f64, f64) -> f64) -> Result<ArrayRef> {
    by_row(call, |row| {
        let freedom = double_at(call, 1, row);
        demand(freedom >= 1.0, "degrees of freedom must be greater than or equal to 1")?;
        Ok(value(double_at(call, 0, row), freedom))
    })
}

fn wilson(call: &Call, side: f64) -> Result<ArrayRef> {
    let integer = |i: usize, row: usize| call.args[i].as_primitive::<Int64Type>().value(row);
    by_row(call, |row| {
        let (successes, trials, z) = (integer(0, row), integer(1, row), double_at(call, 2, row));
        demand(successes >= 0, "number of successes must not be negative")?;
        demand(trials > 0, "number of trials must be positive")?;
        demand(successes <= trials, "number of successes must not be larger than number of trials")?;
        demand(z >= 0.0, "z-score must not be negative")?;
        let (n, z2) = (trials as f64, z * z);
        let p = successes as f64 / n;
        let spread = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Ok((p + z2 / (2.0 * n) + side * spread) / (1.0 + z2 / n))
    })
}

/// The standard normal distribution, through the incomplete gamma function of one half.
fn normal(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return if x == 0.0 { 0.5 } else { x };
    }
    let tail = 0.5 * upper_gamma_half(x * x / 2.0);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// The regularized upper incomplete gamma function Q(1/2, x), which is `erfc` of the root of x.
fn upper_gamma_half(x: f64) -> f64 {
    const A: f64 = 0.5;
    // Γ(1/2) is the root of π.
    let scale = (-x + A * x.ln()).exp() / std::f64::consts::PI.sqrt();
    if x < A + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / A, 1.0 / A, A);
        for _ in 0..500 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - sum * scale;
    }
    // Lentz's evaluation of the continued fraction.
    let mut b = x + 1.0 - A;
    let mut c = f64::MAX;
    let mut d = 1.0 / b;
    let mut result = d;
    for i in 1..500 {
        let i = f64::from(i);
        let a = -i * (i - A);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let step = d * c;
        result *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    result * scale
}

/// The value below which a share `p` of the standard normal distribution lies.
fn inverse_normal(p: f64) -> f64 {
    invert(p, -40.0, 40.0, normal)
}

/// Where an increasing function reaches `target`: halved down to the last bit of a double.
fn invert(target: f64, mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    if target <= value(low) {
        return low;
    }
    if target >= value(high) {
        return high;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if value(middle) < target {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The logarithm of the gamma function of a positive number, by Lanczos' sum.
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 607.0 / 128.0;
    const COEFFICIENTS: [f64; 15] = [
        0.999_999_999_999_997_1,
        57.156_235_665_862_92,
        -59.597_960_355_475_49,
        14.136_097_974_741_746,
        -0.491_913_816_097_620_2,
        0.339_946_499_848_118_9e-4,
        0.465_236_289_270_485_8e-4,
        -0.983_744_753_048_795_6e-4,
        0.158_088_703_224_912_5e-3,
        -0.210_264_441_724_104_9e-3,
        0.217_439_618_115_212_6e-3,
        -0.164_318_106_536_763_9e-3,
        0.844_182_239_838_527_4e-4,
        -0.261_908_384_015_814_1e-4,
        0.368_991_826_595_316_2e-5,
    ];
    let sum: f64 = COEFFICIENTS.iter().enumerate().skip(1).map(|(i, c)| c / (x + i as f64)).sum::<f64>();
    let t = x + G + 0.5;
    (x + 0.5) * t.ln() - t + (2.0 * std::f64::consts::PI).sqrt().ln() + ((COEFFICIENTS[0] + sum) / x).ln()
}

/// The regularized incomplete beta function.
fn beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 || x.is_nan() {
        return x;
    }
    let scale = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        scale * beta_fraction(x, a, b) / a
    } else {
        1.0 - scale * beta_fraction(1.0 - x, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's evaluation.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        let step = d * c;
        result *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    result
}

/// Student's distribution.
fn student(x: f64, freedom: f64) -> f64 {
    if x == 0.0 {
        return 0.5;
    }
    let tail = 0.5 * beta(freedom / (freedom + x * x), freedom / 2.0, 0.5);
    if x > 0.0 { 1.0 - tail } else { tail }
}

fn student_density(x: f64, freedom: f64) -> f64 {
    let half = f64::midpoint(freedom, 1.0);
    let scale = ln_gamma(half) - ln_gamma(freedom / 2.0) - 0.5 * (freedom * std::f64::consts::PI).ln();
    (scale - half * (x * x / freedom).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    #[test]
    fn distributions_have_their_known_values() {
        close(normal(1.959_963_984_540_054), 0.975);
        close(normal(-3.0), 0.001_349_898_031_630_095);
        close(inverse_normal(0.975), 1.959_963_984_540_054);
        // Beta(2, 3) is a polynomial: 6x² − 8x³ + 3x⁴.
        close(beta(0.25, 2.0, 3.0), 6.0 / 16.0 - 8.0 / 64.0 + 3.0 / 256.0);
        // Student's distribution with one degree of freedom is Cauchy's.
        close(student(1.0, 1.0), 0.75);
        close(student_density(0.0, 1.0), 1.0 / std::f64::consts::PI);
        close(ln_gamma(5.0), 24_f64.ln());
    }
}

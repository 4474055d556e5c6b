//! Functions over IP addresses and networks. Addresses are `ipaddress` or its text; networks are text
//! (`10.0.0.0/8`), as Trino's are and PrestoDB's `ipprefix` reads.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder, ListArray, StringBuilder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use super::scalar::{Call, Function, Kind, fit, nullable};
use crate::types::{ip_field, list_type};

const T: Kind = Kind::Text;
const N: Kind = Kind::Integer;
const IP: Kind = Kind::Sixteen;

pub(crate) fn functions() -> Vec<Function> {
    let ip: fn(&[FieldRef]) -> Result<FieldRef> = |_| Ok(Arc::new(ip_field("")));
    let ips: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(list_type(ip_field("item")));
    let text: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Utf8);
    let boolean: fn(&[FieldRef]) -> Result<FieldRef> = |_| nullable(DataType::Boolean);
    vec![
        Function::new("ip_prefix", |n, t| fit(n, t, &[&[IP, N], &[T, N]]), text, prefix),
        Function::new("ip_subnet_min", |n, t| fit(n, t, &[&[T]]), ip, |call| bounds(call, &[Network::first])),
        Function::new("ip_subnet_max", |n, t| fit(n, t, &[&[T]]), ip, |call| bounds(call, &[Network::last])),
        Function::new("ip_subnet_range", |n, t| fit(n, t, &[&[T]]), ips, range),
        Function::new("is_subnet_of", |n, t| fit(n, t, &[&[T, IP], &[T, T]]), boolean, is_subnet_of),
    ]
}

/// A network: the first `bits` of an address, IPv4 mapped into IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: u128,
    bits: u32,
}

/// IPv4 as the part of IPv6 it is mapped to.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Network {
    /// Reads `10.0.0.0/8`. Bits of an IPv4 address behind the prefix must be zero.
    fn parse(text: &str) -> Result<Network> {
        let Some((address, bits)) = text.split_once('/') else {
            return exec_err!("Invalid CIDR: '{text}'; a network looks like 10.0.0.0/8");
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return exec_err!("Invalid network IP address: '{address}'");
        };
        let Ok(bits) = bits.parse::<u32>() else {
            return exec_err!("Invalid prefix length: '{bits}'");
        };
        let valid = match address {
            IpAddr::V4(v4) => bits <= 32 && v4.to_bits().checked_shl(bits).unwrap_or(0) == 0,
            IpAddr::V6(_) => bits <= 128,
        };
        if !valid {
            return exec_err!("Invalid CIDR: '{text}'");
        }
        let bits = if address.is_ipv4() { bits + 96 } else { bits };
        Ok(Network { address: number(address), bits })
    }

    /// The bits behind the prefix.
    fn hosts(self) -> u128 {
        u128::MAX.checked_shr(self.bits).unwrap_or(0)
    }

    fn first(self) -> u128 {
        self.address & !self.hosts()
    }

    fn last(self) -> u128 {
        self.address | self.hosts()
    }

    fn holds(self, address: u128) -> bool {
        (self.first()..=self.last()).contains(&address)
    }

    fn write(self, to: &mut String) {
        let address = Ipv6Addr::from_bits(self.first());
        to.push_str(&match address.to_ipv4_mapped() {
            Some(address) => format!("{address}/{}", self.bits.saturating_sub(96)),
            None => format!("{address}/{}", self.bits),
        });
    }
}

/// The addresses of a column, which is text or ipaddress.
enum Addresses<'a> {
    Text(&'a arrow::array::StringViewArray),
    Bytes(&'a FixedSizeBinaryArray),
}

impl<'a> Addresses<'a> {
    fn of(array: &'a ArrayRef) -> Addresses<'a> {
        match array.as_fixed_size_binary_opt() {
            Some(bytes) => Addresses::Bytes(bytes),
            None => Addresses::Text(array.as_string_view()),
        }
    }

    /// `None` for a text that is no address.
    fn get(&self, row: usize) -> Option<u128> {
        match self {
            Addresses::Text(texts) => texts.value(row).parse().ok().map(number),
            Addresses::Bytes(bytes) => bytes.value(row).try_into().ok().map(u128::from_be_bytes),
        }
    }
}

/// `contains(network, address)`: whether a network holds an address.
pub(crate) fn contains(call: &Call) -> Result<ArrayRef> {
    let (networks, addresses) = (call.text(0), Addresses::of(&call.args[1]));
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let network = Network::parse(networks.value(row))?;
        // CloudTrail's source addresses may be names of services, which are in no network.
        Ok(Some(addresses.get(row).is_some_and(|address| network.holds(address))))
    });
    Ok(Arc::new(found.collect::<Result<BooleanArray>>()?))
}

fn is_subnet_of(call: &Call) -> Result<ArrayRef> {
    let (networks, others) = (call.text(0), &call.args[1]);
    let found = (0..call.rows).map(|row| {
        if call.any_null(row) {
            return Ok(None);
        }
        let network = Network::parse(networks.value(row))?;
        if let Some(texts) = others.as_string_view_opt()
            && texts.value(row).contains('/')
        {
            let other = Network::parse(texts.value(row))?;
            return Ok(Some(other.bits >= network.bits && network.holds(other.address)));
        }
        let address = Addresses::of(others).get(row);
        let address = address.ok_or_else(|| exec_datafusion_err!("is_subnet_of takes an address or a network"))?;
        Ok(Some(network.holds(address)))
    });
    Ok(Arc::new(found.collect::<Result<BooleanArray>>()?))
}

fn prefix(call: &Call) -> Result<ArrayRef> {
    let (addresses, lengths) = (Addresses::of(&call.args[0]), call.args[1].as_primitive::<Int64Type>());
    let mut result = StringBuilder::new();
    let mut text = String::new();
    for row in 0..call.rows {
        if call.any_null(row) {
            result.append_null();
            continue;
        }
        let address = addresses.get(row).ok_or_else(|| exec_datafusion_err!("ip_prefix takes an IP address"))?;
        let mapped = Ipv6Addr::from_bits(address).to_ipv4_mapped().is_some();
        let (skipped, longest) = if mapped { (96, 32) } else { (0, 128) };
        let length = lengths.value(row);
        let Some(length) = u32::try_from(length).ok().filter(|length| *length <= longest) else {
            return exec_err!("Prefix length must be between 0 and {longest}, not {length}");
        };
        text.clear();
        Network { address, bits: length + skipped }.write(&mut text);
        result.append_value(&text);
    }
    Ok(Arc::new(result.finish()))
}

/// The bounds of the network of every row, one behind the other; NULL for a row with NULL.
fn bounds(call: &Call, bounds: &[fn(Network) -> u128]) -> Result<ArrayRef> {
    let mut result = FixedSizeBinaryBuilder::with_capacity(call.rows * bounds.len(), 16);
    for row in 0..call.rows {
        if call.any_null(row) {
            bounds.iter().for_each(|_| result.append_null());
            continue;
        }
        let network = Network::parse(call.text(0).value(row))?;
        for bound in bounds {
            result.append_value(bound(network).to_be_bytes())?;
        }
    }
    Ok(Arc::new(result.finish()))
}

fn range(call: &Call) -> Result<ArrayRef> {
    let addresses = bounds(call, &[Network::first, Network::last])?;
    let item = Arc::new(ip_field("item"));
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(2, call.rows));
    let nulls: NullBuffer = (0..call.rows).map(|row| !call.any_null(row)).collect();
    Ok(Arc::new(ListArray::try_new(item, offsets, addresses, Some(nulls))?))
}

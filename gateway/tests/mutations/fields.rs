//! Messages as protobuf's wire format has them, field by field, to be changed where a typed message could not be.

use fastrand::Rng;

use crate::odd;

/// Longer fields are pictures, which are damaged elsewhere.
const LONGEST_MESSAGE: usize = 4096;
const DEEPEST: usize = 8;
/// Bytes that a field takes up when it is repeated: more would be refused for its length alone.
const LARGEST_REPETITION: usize = 1 << 20;

enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

struct Field {
    number: u64,
    value: Value,
}

/// `message` with a few of its fields odd, repeated, moved or gone.
pub fn changed(message: &[u8], rng: &mut Rng) -> Vec<u8> {
    let Some(mut fields) = read(message, 0) else { return message.to_vec() };
    for _ in 0..rng.usize(1..=4) {
        let all = count(&fields);
        if all == 0 {
            break;
        }
        let mut target = rng.usize(..all);
        change(&mut fields, &mut target, rng);
    }
    let mut bytes = Vec::new();
    write(&fields, &mut bytes);
    bytes
}

fn count(fields: &[Field]) -> usize {
    let below = |field: &Field| if let Value::Message(inner) = &field.value { count(inner) } else { 0 };
    fields.iter().map(|field| 1 + below(field)).sum()
}

/// Changes the field that is `target` steps further on in reading order; whether it was found.
fn change(fields: &mut Vec<Field>, target: &mut usize, rng: &mut Rng) -> bool {
    for index in 0..fields.len() {
        if *target == 0 {
            change_one(fields, index, rng);
            return true;
        }
        *target -= 1;
        if let Value::Message(inner) = &mut fields[index].value
            && change(inner, target, rng)
        {
            return true;
        }
    }
    false
}

fn change_one(fields: &mut Vec<Field>, index: usize, rng: &mut Rng) {
    match rng.u8(..24) {
        0 | 4 => {
            fields.remove(index);
        }
        1 | 5 => {
            let mut bytes = Vec::new();
            write(&fields[index..=index], &mut bytes);
            let most = (LARGEST_REPETITION / bytes.len()).clamp(1, 300);
            let copies = read(&bytes.repeat(rng.usize(1..=most)), 0).unwrap_or_default();
            fields.splice(index..index, copies);
        }
        2 => fields[index].number = [0, 1, 2, 3, 7, 15, 16, 19_000, (1 << 29) - 1][rng.usize(..9)],
        3 => fields[index].value = another(rng),
        _ => {
            let value = &mut fields[index].value;
            *value = match value {
                Value::Varint(_) => Value::Varint(odd::integer(rng)),
                Value::Fixed64(_) => Value::Fixed64(odd::double(rng).to_le_bytes()),
                Value::Fixed32(_) => Value::Fixed32((odd::double(rng) as f32).to_le_bytes()),
                Value::Bytes(_) | Value::Message(_) if rng.u8(..8) == 0 => Value::Bytes(odd::packed(rng)),
                Value::Bytes(_) => Value::Bytes(odd::text(rng)),
                Value::Message(inner) if rng.bool() => {
                    Value::Message(std::mem::take(inner).into_iter().rev().collect())
                }
                Value::Message(_) => Value::Message(Vec::new()),
            };
        }
    }
}

fn another(rng: &mut Rng) -> Value {
    match rng.u8(..4) {
        0 => Value::Varint(odd::integer(rng)),
        1 => Value::Fixed64(odd::double(rng).to_le_bytes()),
        2 => Value::Fixed32((odd::double(rng) as f32).to_le_bytes()),
        _ => Value::Bytes(odd::text(rng)),
    }
}

/// The fields of `bytes`, if that is a message.
fn read(mut bytes: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut bytes)?),
            1 => Value::Fixed64(*bytes.split_off(..8)?.first_chunk()?),
            5 => Value::Fixed32(*bytes.split_off(..4)?.first_chunk()?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let inner = bytes.split_off(..length)?;
                let text = str::from_utf8(inner).is_ok_and(|text| !text.contains(char::is_control));
                let may_nest = depth < DEEPEST && !text && inner.len() < LONGEST_MESSAGE;
                let fields = if may_nest { read(inner, depth + 1) } else { None };
                fields.map_or_else(|| Value::Bytes(inner.to_vec()), Value::Message)
            }
            _ => return None,
        };
        fields.push(Field { number: tag >> 3, value });
    }
    Some(fields)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write(fields: &[Field], bytes: &mut Vec<u8>) {
    for Field { number, value } in fields {
        match value {
            Value::Varint(value) => {
                write_varint(number << 3, bytes);
                write_varint(*value, bytes);
            }
            Value::Fixed64(value) => {
                write_varint(number << 3 | 1, bytes);
                bytes.extend(value);
            }
            Value::Fixed32(value) => {
                write_varint(number << 3 | 5, bytes);
                bytes.extend(value);
            }
            Value::Bytes(value) => write_long(*number, value, bytes),
            Value::Message(inner) => {
                let mut value = Vec::new();
                write(inner, &mut value);
                write_long(*number, &value, bytes);
            }
        }
    }
}

fn write_long(number: u64, value: &[u8], bytes: &mut Vec<u8>) {
    write_varint(number << 3 | 2, bytes);
    write_varint(value.len() as u64, bytes);
    bytes.extend(value);
}

/// Writes a number as protobuf does.
pub fn write_varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

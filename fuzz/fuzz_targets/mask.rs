#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    cpaiqa_fuzzing::mask(bytes);
});

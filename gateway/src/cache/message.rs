//! Answers as bytes: the messages of the services that give them.

use domain::roles::{Decomposed, Detection, Segmentation};
use prost::Message;
use proto::{decomposition::DecomposeResponse, distortion::DetectResponse, segmentation::SegmentResponse};
use wire::Checked;

/// An answer that is sent as a message.
pub trait Sent: Clone + Send + Sync + 'static {
    /// The message.
    type Message: Message + Default;
    /// Writes the message.
    fn to_message(self) -> Self::Message;
    /// Reads a message, checked as one that came from a service.
    fn from_message(message: Self::Message) -> Checked<Self>;
}

/// One answer a line: its message, and the module of `wire` that writes and reads it.
macro_rules! sent {
    ($($answer:ident as $message:ident by $module:ident;)*) => {
        $(impl Sent for $answer {
            type Message = $message;

            fn to_message(self) -> $message {
                wire::$module::to_response(self)
            }

            fn from_message(message: $message) -> Checked<Self> {
                wire::$module::from_response(message)
            }
        })*
    };
}

sent! {
    Decomposed as DecomposeResponse by decomposition;
    Segmentation as SegmentResponse by segmentation;
    Detection as DetectResponse by distortion;
}

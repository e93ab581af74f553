//! Servers that do not answer, or refuse.

use std::time::{Duration, Instant};

use domain::roles::{Aligner, Call, Decomposer, RoleError, Segmenter, TextKind};
use tonic::{Code, Status};

use crate::{
    double::{Double, bytes, named, png},
    settings::{ALIGNMENT, DECOMPOSITION, SEGMENTATION, aligner, decomposer, segmenter},
};

#[tokio::test]
async fn what_a_status_means_is_told_with_the_server_and_the_model() {
    for (code, expected) in [
        // The caller is not at fault when the server does not know what the configuration names.
        (Code::NotFound, "internal"),
        (Code::InvalidArgument, "internal"),
        (Code::Internal, "internal"),
        (Code::Unavailable, "unavailable"),
        (Code::ResourceExhausted, "overloaded"),
        (Code::Unimplemented, "unsupported"),
        (Code::DeadlineExceeded, "deadline"),
    ] {
        let server = Double::new(move |_| Err(Status::new(code, "no model of that name"))).await;
        let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
        let error = decomposer.decompose(Call::default(), "a cat").await.unwrap_err();
        let kind = match &error {
            RoleError::Internal(_) => "internal",
            RoleError::Unavailable(_) => "unavailable",
            RoleError::Overloaded(_) => "overloaded",
            RoleError::Unsupported(_) => "unsupported",
            RoleError::DeadlineExceeded(_) => "deadline",
            _ => "another",
        };
        assert_eq!(kind, expected, "{error}");
        assert!(error.to_string().contains(&format!("{}, model 'parts': no model", server.address)), "{error}");
    }
}

#[tokio::test]
async fn where_nobody_listens_the_model_is_unavailable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let segmenter = segmenter(&SEGMENTATION.replace("ADDRESS", &format!("http://{free}"))).unwrap();
    let picture = png(8, 8, |_, _| [0; 3]);
    let error = segmenter.segment(Call::default(), &picture, None).await.unwrap_err();
    let RoleError::Unavailable(message) = error else { panic!("{error:?}") };
    assert!(message.contains("model 'masks' version 2"), "{message}");
}

#[tokio::test]
async fn a_call_ends_at_its_deadline_which_the_server_is_told() {
    let server = Double::new(|_| Err(Status::unknown("never"))).await;
    let aligner = aligner(&ALIGNMENT.replace("ADDRESS", &server.address)).unwrap();
    let call = Call { deadline: Some(Instant::now() + Duration::from_millis(300)) };
    let error = aligner.embed_texts(call, &["a cat".to_owned()], TextKind::Phrase).await.unwrap_err();
    assert!(matches!(error, RoleError::DeadlineExceeded(_)), "{error:?}");
    assert!(server.requests.lock().unwrap()[0].0.contains_key("grpc-timeout"));
    let late = aligner.embed_texts(call, &["a cat".to_owned()], TextKind::Phrase).await.unwrap_err();
    assert!(matches!(late, RoleError::DeadlineExceeded(_)), "{late:?}");
    assert_eq!(server.asked().len(), 1, "a call without time left is not made");
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let json = "x".repeat(crate::double::MOST + 1);
    let server = Double::new(move |_| {
        Ok(proto::inference::ModelInferResponse { outputs: vec![bytes("json", &[&json])], ..named() })
    })
    .await;
    let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
    let error = decomposer.decompose(Call::default(), "a cat").await.unwrap_err();
    assert!(error.to_string().contains(&server.address), "{error}");
}

//! The whole gateway on real sockets: TLS from the private authority, MQTT, HTTPS and MQTT over WebSocket, and the way
//! out.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::harness::{DEVICE, HOST, Home, PATIENCE, connect, short};
use bytes::BytesMut;
use futures::{SinkExt as _, StreamExt as _};
use gateway::{Config, Running, tls};
use rmqtt_codec::v3::{Codec, Packet};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_util::codec::{Decoder as _, Encoder as _, Framed};
use twin::time::Timestamp;

struct Site {
    home: Home,
    running: Running,
    connector: TlsConnector,
}

impl Site {
    async fn open() -> Self {
        let home = Home::open().await;
        // Clients check the certificate against the machine's clock, so it is made for the present.
        let now = Timestamp::from_ms(x509_parser::time::ASN1Time::now().timestamp() * 1000);
        let tls = tls::ensure(home.folder.path(), HOST, None, now).unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(tls.ca_pem().unwrap().as_bytes()).unwrap())
            .unwrap();
        let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = Config {
            mqtts_addr: any,
            https_addr: any,
            host_name: HOST.to_owned(),
            tls,
            limits: crate::harness::limits(),
        };
        let running = gateway::start(home.fleet.clone(), config).await.unwrap();
        Self {
            home,
            running,
            connector: TlsConnector::from(Arc::new(client)),
        }
    }

    async fn tls(&self, address: SocketAddr) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(address).await.unwrap();
        self.connector
            .connect(ServerName::try_from(HOST).unwrap(), stream)
            .await
            .unwrap()
    }

    async fn device(&self) -> Framed<TlsStream<TcpStream>, Codec> {
        let mut device = Framed::new(self.tls(self.running.mqtts_addr).await, Codec::new(0));
        device.send(connect(DEVICE)).await.unwrap();
        assert_eq!(hears(&mut device).await, "connack 0");
        device
    }
}

async fn hears(device: &mut Framed<TlsStream<TcpStream>, Codec>) -> String {
    match tokio::time::timeout(PATIENCE, device.next())
        .await
        .expect("the hub says something")
    {
        Some(Ok((packet, _))) => short(&packet),
        Some(Err(_)) | None => "closed".to_owned(),
    }
}

#[tokio::test]
async fn a_device_speaks_mqtt_over_tls_until_the_hub_closes() {
    let site = Site::open().await;
    let mut device = site.device().await;
    assert_eq!(site.running.connected(), 1);
    device
        .send(crate::harness::publish(
            3,
            "devices/dev-1/messages/events/",
            "x",
        ))
        .await
        .unwrap();
    assert_eq!(hears(&mut device).await, "puback 3");
    let address = site.running.mqtts_addr;
    assert!(site.running.shutdown(PATIENCE).await);
    assert_eq!(hears(&mut device).await, "closed");
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_service_client_speaks_http_over_tls_on_one_connection() {
    let site = Site::open().await;
    let mut stream = site.tls(site.running.https_addr).await;
    for _ in 0..2 {
        let request = format!(
            "GET /twins/dev-1?api-version=2021-04-12 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {}\r\n\r\n",
            site.home.token("service")
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let reply = read_reply(&mut stream).await;
        assert!(reply.0.starts_with("HTTP/1.1 200 OK\r\n"), "{}", reply.0);
        let twin: Value = serde_json::from_slice(&reply.1).unwrap();
        assert_eq!(twin["deviceId"], DEVICE);
    }
    assert!(site.running.shutdown(PATIENCE).await);
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
}

async fn read_reply(stream: &mut TlsStream<TcpStream>) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap()
        .parse()
        .unwrap();
    let mut body = bytes.split_off(end);
    while body.len() < length {
        assert!(stream.read_buf(&mut body).await.unwrap() > 0);
    }
    (head, body)
}

#[tokio::test]
async fn a_silent_client_does_not_keep_others_from_being_served() {
    let site = Site::open().await;
    let mut silent = Vec::new();
    for address in [site.running.mqtts_addr, site.running.https_addr] {
        for _ in 0..20 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
    }
    let mut device = site.device().await;
    device.send(Packet::PingRequest).await.unwrap();
    assert_eq!(hears(&mut device).await, "pong");
    site.tls(site.running.https_addr).await;
}

#[tokio::test]
async fn a_device_speaks_mqtt_over_websocket_in_frames_of_any_size() {
    let site = Site::open().await;
    let mut request = format!("wss://{HOST}/$iothub/websocket?iothub-no-client-cert=true")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "mqtt".parse().unwrap());
    let stream = site.tls(site.running.https_addr).await;
    let (mut socket, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "mqtt");

    let mut codec = Codec::new(0);
    let mut bytes = BytesMut::new();
    codec.encode(connect(DEVICE), &mut bytes).unwrap();
    for half in bytes.chunks(bytes.len() / 2 + 1) {
        socket
            .send(Message::Binary(half.to_vec().into()))
            .await
            .unwrap();
    }
    bytes.clear();
    for packet in [
        Packet::PingRequest,
        crate::harness::publish(3, "devices/dev-1/messages/events/", "x"),
    ] {
        codec.encode(packet, &mut bytes).unwrap();
    }
    socket
        .send(Message::Binary(bytes.to_vec().into()))
        .await
        .unwrap();

    let mut heard = Vec::new();
    let mut unread = BytesMut::new();
    while heard.len() < 3 {
        let message = tokio::time::timeout(PATIENCE, socket.next())
            .await
            .expect("the hub says something")
            .unwrap();
        unread.extend_from_slice(&message.unwrap().into_data());
        while let Some((packet, _)) = codec.decode(&mut unread).unwrap() {
            heard.push(short(&packet));
        }
    }
    assert_eq!(heard, ["connack 0", "pong", "puback 3"]);
    assert_eq!(site.running.connected(), 1);
    assert!(site.running.shutdown(PATIENCE).await);
}

#[tokio::test]
async fn one_fleet_has_one_gateway() {
    let site = Site::open().await;
    let now = Timestamp::from_ms(x509_parser::time::ASN1Time::now().timestamp() * 1000);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = |mqtts_addr| Config {
        mqtts_addr,
        https_addr: any,
        host_name: HOST.to_owned(),
        tls: tls::ensure(site.home.folder.path(), HOST, None, now).unwrap(),
        limits: crate::harness::limits(),
    };
    let second = gateway::start(site.home.fleet.clone(), config(any)).await;
    assert!(matches!(second, Err(gateway::StartError::SecondGateway)));
    let taken = gateway::start(site.home.fleet.clone(), config(site.running.mqtts_addr)).await;
    assert!(matches!(
        taken,
        Err(gateway::StartError::Bind {
            surface: "MQTT",
            ..
        })
    ));
    assert!(site.running.shutdown(Duration::from_secs(5)).await);
}

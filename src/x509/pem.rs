//! Certificates in files, each kind of file as Go programs read it: what is presented (`tls.X509KeyPair`), and what is
//! trusted (`tlsutil.NewCertPool` of etcd's client/pkg).

use crate::pem::{Block, Text};
use crate::x509::certificate::Certificate;
use crate::x509::error::CertificateError;
use crate::x509::go_rules::GoRules;

impl Certificate {
    /// What is presented: the `CERTIFICATE` blocks of a file, the leaf first. Blocks of other kinds are skipped, as
    /// `tls.X509KeyPair` of Go's crypto/tls/tls.go does. It parses only the leaf and sends the others unchanged; the other end
    /// parses them.
    ///
    /// # Errors
    /// [`CertificateError::None`] if there is no such block, [`CertificateError::Block`] for the first that cannot be parsed: the holder rejects a broken first certificate, the other end a later one.
    pub fn chain(text: &Text, rules: GoRules) -> Result<Vec<Self>, CertificateError> {
        let blocks = text.certificates().zip(1..);
        let certificates: Vec<Self> = blocks.map(|(block, number)| parse(block, number, rules)).collect::<Result<_, _>>()?;
        if certificates.is_empty() { Err(CertificateError::None) } else { Ok(certificates) }
    }

    /// What is trusted: etcd takes every block of a file for a certificate, with any label (`NewCertPool` in
    /// client/pkg/tlsutil/tlsutil.go of etcd 3.5 to 3.7, pkg/tlsutil before). A file without blocks is not an error: etcd then trusts
    /// nothing.
    ///
    /// # Errors
    /// [`CertificateError::Block`] for the first block that is not a certificate: then etcd does not start, and agents do not
    /// connect.
    pub fn anchors(text: &Text, rules: GoRules) -> Result<Vec<Self>, CertificateError> {
        text.blocks.iter().zip(1..).map(|(block, number)| parse(block, number, rules)).collect()
    }

    /// [`Certificate::chain`] of the bytes of a file, by today's Go.
    ///
    /// # Errors
    /// The same.
    pub fn chain_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        Self::chain(&Text::read(pem), GoRules::NEWEST)
    }

    /// [`Certificate::anchors`] of the bytes of a file, by today's Go.
    ///
    /// # Errors
    /// The same.
    pub fn anchors_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        Self::anchors(&Text::read(pem), GoRules::NEWEST)
    }
}

fn parse(block: &Block, number: usize, rules: GoRules) -> Result<Certificate, CertificateError> {
    Certificate::from_der_by(&block.der, rules).map_err(|source| CertificateError::Block {
        number,
        line: block.line,
        is: (!block.is_certificate()).then(|| block.form().name()),
        source: Box::new(source),
    })
}

package tpmtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// Maker vouches for TPMs, as those who make chips do.
type Maker struct {
	Roots         *x509.CertPool
	Intermediates *x509.CertPool

	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// NewMaker returns a maker of its own, with a certificate that is its root.
func NewMaker(t testing.TB) *Maker {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a maker of TPMs"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	m := &Maker{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), key: key}
	m.cert = m.issue(t, template, template, &key.PublicKey)
	m.Roots.AddCert(m.cert)
	return m
}

func (m *Maker) issue(t testing.TB, template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, m.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// Certificate returns a certificate for a key, as an endorsement key's looks: no subject, and instead a critical directory
// name that says what the chip is (TCG EK Credential Profile). change may be nil.
func (m *Maker) Certificate(t testing.TB, public crypto.PublicKey, change func(*x509.Certificate)) []byte {
	t.Helper()
	model := pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 23, 133, 2, 1}, Value: "id:00001014"}}}
	directory, err := asn1.Marshal(model)
	if err != nil {
		t.Fatal(err)
	}
	name := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 4, IsCompound: true, Bytes: directory}
	names, err := asn1.Marshal([]asn1.RawValue{name})
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(20, 0, 0),
		KeyUsage: x509.KeyUsageKeyAgreement, BasicConstraintsValid: true,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{{2, 23, 133, 8, 1}},
		ExtraExtensions:    []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Critical: true, Value: names}},
	}
	if change != nil {
		change(template)
	}
	return m.issue(t, template, m.cert, public).Raw
}

// Root returns the certificate of a NewMaker, DER.
func (m *Maker) Root() []byte { return m.cert.Raw }

// Endorse leaves a certificate for the TPM's P-256 endorsement key in it, as its maker does. change may be nil.
func (m *Maker) Endorse(t testing.TB, c *TPM, change func(*x509.Certificate)) {
	t.Helper()
	wire := c.Wire(t)
	rsp, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHEndorsement, InPublic: tpm2.New2B(tpm2.ECCEKTemplate)}.Execute(wire)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (tpm2.FlushContext{FlushHandle: rsp.ObjectHandle}).Execute(wire); err != nil {
		t.Fatal(err)
	}
	area, err := rsp.OutPublic.Contents()
	if err != nil {
		t.Fatal(err)
	}
	public, err := tpm2.Pub(*area)
	if err != nil {
		t.Fatal(err)
	}
	c.Write(t, 0x01C0000A, m.Certificate(t, public, change))
}

// Write leaves bytes in the TPM's memory, where its maker does.
func (c *TPM) Write(t testing.TB, index tpm2.TPMHandle, data []byte) {
	t.Helper()
	wire := c.Wire(t)
	platform := tpm2.AuthHandle{Handle: tpm2.TPMRHPlatform, Auth: tpm2.PasswordAuth(nil)}
	public := tpm2.TPMSNVPublic{
		NVIndex: index, NameAlg: tpm2.TPMAlgSHA256, DataSize: uint16(len(data)),
		Attributes: tpm2.TPMANV{PPWrite: true, PPRead: true, OwnerRead: true, AuthRead: true, NoDA: true, PlatformCreate: true},
	}
	if _, err := (tpm2.NVDefineSpace{AuthHandle: platform, PublicInfo: tpm2.New2B(public)}).Execute(wire); err != nil {
		t.Fatal(err)
	}
	const piece = 512
	for offset := 0; offset < len(data); offset += piece {
		seen, err := tpm2.NVReadPublic{NVIndex: index}.Execute(wire)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (tpm2.NVWrite{
			AuthHandle: platform, NVIndex: tpm2.NamedHandle{Handle: index, Name: seen.NVName},
			Data: tpm2.TPM2BMaxNVBuffer{Buffer: data[offset:min(len(data), offset+piece)]}, Offset: uint16(offset),
		}).Execute(wire); err != nil {
			t.Fatal(err)
		}
	}
}

// StartCertified starts a TPM that swtpm_setup made: with certificates for an RSA and a P-384 endorsement key, from an
// authority of its own below a root of its own. It takes some seconds.
func StartCertified(t testing.TB) (*TPM, *Maker) {
	t.Helper()
	chip := newTPM(t)
	ca := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(ca, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	authority := write("localca.conf", fmt.Sprintf("statedir = %[1]s\nsigningkey = %[1]s/signkey.pem\nissuercert = %[1]s/issuercert.pem\ncertserial = %[1]s/certserial\n", ca))
	options := write("localca.options", "--platform-manufacturer Greenroom\n--platform-version 1\n--platform-model test\n")
	config := write("setup.conf", fmt.Sprintf("create_certs_tool = swtpm_localca\ncreate_certs_tool_config = %s\ncreate_certs_tool_options = %s\nactive_pcr_banks = sha256\n", authority, options))
	out, err := exec.Command("swtpm_setup", "--tpm2", "--tpmstate", chip.dir, "--create-ek-cert", "--config", config).CombinedOutput()
	if err != nil {
		t.Fatalf("swtpm_setup (Debian: swtpm-tools): %v\n%s", err, out)
	}
	chip.Start(t)
	m := &Maker{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	for name, pool := range map[string]*x509.CertPool{"swtpm-localca-rootca-cert.pem": m.Roots, "issuercert.pem": m.Intermediates} {
		text, err := os.ReadFile(filepath.Join(ca, name))
		if err != nil || !pool.AppendCertsFromPEM(text) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return chip, m
}

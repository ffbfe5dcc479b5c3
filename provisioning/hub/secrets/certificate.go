package secrets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	tlsFile         = "tls.pem"
	certificateFile = "certificate.pem"

	// The certificate begins long before it is made: a room whose clock is behind has to get far enough to be told so.
	backdate = 365 * 24 * time.Hour
	validity = 10 * 365 * 24 * time.Hour
)

// CertificatePath is where the certificate of SelfSigned is, for rooms to trust.
func (f *Folder) CertificatePath() string { return f.Path(certificateFile) }

// SelfSigned returns the certificate that the hub made for itself, made now if there is none. always are the names and
// addresses that it is made for; wanted are those that a kept one must have too, or it is refused: a certificate that
// rooms trust is not replaced silently.
func (f *Folder) SelfSigned(always, wanted []string, now time.Time) (tls.Certificate, error) {
	data, err := f.read(tlsFile)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = makeCertificate(append(slices.Clone(always), wanted...), now); err == nil {
			err = f.write(tlsFile, data, 0o600)
		}
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	anew := fmt.Sprintf("to have a new one made, move %s away, and give the rooms the new %s", f.Path(tlsFile), certificateFile)
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%w: %s holds no certificate with its key; restore it from a backup, or, %s", ErrCorrupt, f.Path(tlsFile), anew)
	}
	if now.After(pair.Leaf.NotAfter) {
		return tls.Certificate{}, fmt.Errorf("the hub's own certificate ran out on %s; %s", pair.Leaf.NotAfter.UTC().Format(time.DateOnly), anew)
	}
	for _, name := range wanted {
		if pair.Leaf.VerifyHostname(name) != nil {
			return tls.Certificate{}, fmt.Errorf("the hub's own certificate is not for %q; %s", name, anew)
		}
	}
	public := pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: pair.Leaf.Raw})
	return pair, f.write(certificateFile, public, 0o644)
}

// makeCertificate returns a certificate and its key, both in PEM.
func makeCertificate(names []string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("the certificate's key was not made: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("the certificate's number was not made: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "greenroom-hub (self-signed)"},
		NotBefore:    now.Add(-backdate), NotAfter: now.Add(validity),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true, // some clients trust a root only if it says that it is one
		MaxPathLenZero:        true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if name = strings.ToLower(name); name != "" && !slices.Contains(template.DNSNames, name) {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("the certificate was not made: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("the certificate's key was not encoded: %w", err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: pemPrivate, Bytes: private})...), nil
}

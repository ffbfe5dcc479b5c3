package directory

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// unreachable puts a request's failure into a sentence. The caller's own end of waiting is passed on as it is.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("the request to the hub was given up: %w", ctx.Err())
	}
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, c.reason(err), err)
}

// reason says what went wrong on the way to the hub and what can be done about it.
func (c *Client) reason(err error) string {
	host := c.base.Host
	var (
		dns      *net.DNSError
		invalid  x509.CertificateInvalidError
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		timeout  net.Error
		record   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %q was not found; check hub.url and the room's name server", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s; check hub.url, and that greenroom-hub runs", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.expired(invalid.Cert)
	case errors.As(err, &unknown):
		return fmt.Sprintf("the certificate of %s is not from an authority that this room trusts; give the room the hub's certificate or its authority's", host)
	case errors.As(err, &hostname):
		return fmt.Sprintf("the certificate of %s is for another name; check hub.url, or put this name into the hub's certificate", host)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Sprintf("%s does not speak TLS; check the port in hub.url", host)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("%s did not answer in time; check the network and any firewall on the way", host)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("%s broke the connection off", host)
	}
	return fmt.Sprintf("no answer from %s", host)
}

// expired tells a certificate that has run out from a clock that is wrong, as far as one can from here.
func (c *Client) expired(cert *x509.Certificate) string {
	now := time.Now() // TLS goes by the system's clock
	span := fmt.Sprintf("holds from %s to %s, and it is %s here", stamp(cert.NotBefore), stamp(cert.NotAfter), stamp(now))
	if now.Before(cert.NotBefore) {
		return fmt.Sprintf("the certificate of %s %s: this room's clock is behind; set it (timedatectl status)", c.base.Host, span)
	}
	return fmt.Sprintf("the certificate of %s %s: renew it at the hub, or set this room's clock if it is ahead (timedatectl status)", c.base.Host, span)
}

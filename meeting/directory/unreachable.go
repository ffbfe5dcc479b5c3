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
	why, advice := c.reason(err)
	return &Unreachable{Why: why, Host: c.base.Host, text: fmt.Sprintf("%v: %s: %v", ErrUnreachable, advice, err), err: err}
}

// Unreachable is the error of a request that the hub did not answer. It wraps ErrUnreachable.
type Unreachable struct {
	Why  Why
	Host string // the hub's name or address, and its port if hub.url has one

	text string
	err  error // nil: it was answered, and not by a hub
}

// Why is what went wrong on the way to the hub.
type Why string

// What can go wrong.
const (
	WhyName      Why = "name"       // the hub's name was not found
	WhyRefused   Why = "refused"    // nothing listens at the address
	WhyExpired   Why = "expired"    // the certificate has run out
	WhyEarly     Why = "early"      // the certificate does not hold yet: the room's clock is behind
	WhyAuthority Why = "authority"  // the certificate is not from an authority that the room trusts
	WhyOtherName Why = "other-name" // the certificate is for another name
	WhyNotTLS    Why = "not-tls"    // what answers does not speak TLS
	WhyTimeout   Why = "timeout"    // no answer in time
	WhyBroken    Why = "broken"     // the connection was broken off
	WhyNoHub     Why = "no-hub"     // what answers is no hub
	WhySilent    Why = "silent"     // no answer
)

// Error says what went wrong, and what can be done about it.
func (e *Unreachable) Error() string { return e.text }

// Unwrap returns ErrUnreachable, and what lies behind.
func (e *Unreachable) Unwrap() []error {
	if e.err == nil {
		return []error{ErrUnreachable}
	}
	return []error{ErrUnreachable, e.err}
}

// reason says what went wrong on the way to the hub, and with what can be done about it.
func (c *Client) reason(err error) (Why, string) {
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
		return WhyName, fmt.Sprintf("the name %q was not found; check hub.url and the room's name server", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return WhyRefused, fmt.Sprintf("nothing listens at %s; check hub.url, and that greenroom-hub runs", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return c.expired(invalid.Cert)
	case errors.As(err, &unknown):
		return WhyAuthority, fmt.Sprintf("the certificate of %s is not from an authority that this room trusts; give the room the hub's certificate or its authority's", host)
	case errors.As(err, &hostname):
		return WhyOtherName, fmt.Sprintf("the certificate of %s is for another name; check hub.url, or put this name into the hub's certificate", host)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return WhyNotTLS, fmt.Sprintf("%s does not speak TLS; check the port in hub.url", host)
	case errors.As(err, &timeout) && timeout.Timeout():
		return WhyTimeout, fmt.Sprintf("%s did not answer in time; check the network and any firewall on the way", host)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return WhyBroken, fmt.Sprintf("%s broke the connection off", host)
	}
	return WhySilent, fmt.Sprintf("no answer from %s", host)
}

// expired tells a certificate that has run out from a clock that is wrong, as far as one can from here.
func (c *Client) expired(cert *x509.Certificate) (Why, string) {
	now := time.Now() // TLS goes by the system's clock
	span := fmt.Sprintf("holds from %s to %s, and it is %s here", stamp(cert.NotBefore), stamp(cert.NotAfter), stamp(now))
	if now.Before(cert.NotBefore) {
		return WhyEarly, fmt.Sprintf("the certificate of %s %s: this room's clock is behind; set it (timedatectl status)", c.base.Host, span)
	}
	return WhyExpired, fmt.Sprintf("the certificate of %s %s: renew it at the hub, or set this room's clock if it is ahead (timedatectl status)", c.base.Host, span)
}

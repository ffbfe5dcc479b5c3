package directory

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"greenroom/meeting/wire"
)

// serve starts a server at which a hub is expected, and returns a client for it that trusts it.
func serve(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, clientFor(t, server.URL, server.Client(), newKey(t))
}

func clientFor(t *testing.T, url string, h *http.Client, key *ecdsa.PrivateKey) *Client {
	t.Helper()
	c, err := NewClient(ClientConfig{URL: url, HTTP: h, Signer: key})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewClientRefuses(t *testing.T) {
	key := newKey(t)
	for _, url := range []string{"", "hub.example.org", "http://hub.example.org", "https://", "https://u:p@hub.example.org", "https://hub.example.org?x=1"} {
		if _, err := NewClient(ClientConfig{URL: url, Signer: key}); err == nil {
			t.Errorf("%q: no error", url)
		}
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(ClientConfig{URL: "https://hub.example.org", Signer: ed}); err == nil {
		t.Error("an Ed25519 identity: no error")
	}
	if _, err := NewClient(ClientConfig{URL: "https://hub.example.org"}); err == nil {
		t.Error("no identity: no error")
	}
}

// unreachable checks that a call fails with ErrUnreachable, says why, and has a sentence with some words.
func unreachable(t *testing.T, c *Client, why Why, words string) {
	t.Helper()
	_, err := c.Hello(t.Context())
	var away *Unreachable
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &away) || away.Why != why || away.Host != c.base.Host || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v (%+v), want ErrUnreachable for %s, with %q", err, away, why, words)
	}
}

func TestUnreachable(t *testing.T) {
	key := newKey(t)
	idle := func(http.ResponseWriter, *http.Request) {}
	server, _ := serve(t, idle)

	unreachable(t, clientFor(t, server.URL, nil, key), WhyAuthority, "not from an authority that this room trusts")
	wrong := server.Client()
	wrong.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	unreachable(t, clientFor(t, "https://hub.invalid", wrong, key), WhyOtherName, "is for another name")
	nameless := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Resolver: &net.Resolver{
		PreferGo: true,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no name server") },
	}}).DialContext}}
	unreachable(t, clientFor(t, "https://hub.invalid", nameless, key), WhyName, "was not found; check hub.url")

	plain := httptest.NewServer(http.HandlerFunc(idle))
	defer plain.Close()
	unreachable(t, clientFor(t, strings.Replace(plain.URL, "http:", "https:", 1), nil, key), WhyNotTLS, "does not speak TLS")

	closed := httptest.NewTLSServer(http.HandlerFunc(idle))
	closed.Close()
	unreachable(t, clientFor(t, closed.URL, nil, key), WhyRefused, "nothing listens at")
}

func TestHubThatBreaksOff(t *testing.T) {
	_, c := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	unreachable(t, c, WhyBroken, "broke the connection off")
}

func TestHubThatHangs(t *testing.T) {
	over := make(chan struct{})
	server, _ := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	defer close(over)
	impatient := server.Client()
	impatient.Timeout = 50 * time.Millisecond
	unreachable(t, clientFor(t, server.URL, impatient, newKey(t)), WhyTimeout, "did not answer in time")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := clientFor(t, server.URL, server.Client(), newKey(t)).Hello(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) {
		t.Errorf("given up by the caller: %v", err)
	}
}

func TestCertificateAndClock(t *testing.T) {
	now := time.Now()
	for why, c := range map[Why]struct {
		words string
		span  [2]time.Time
	}{
		WhyEarly:   {"this room's clock is behind", [2]time.Time{now.Add(time.Hour), now.Add(2 * time.Hour)}},
		WhyExpired: {"renew it at the hub", [2]time.Time{now.Add(-2 * time.Hour), now.Add(-time.Hour)}},
	} {
		key := newKey(t)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: c.span[0], NotAfter: c.span[1], IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		server.StartTLS()
		roots := x509.NewCertPool()
		roots.AddCert(cert)
		trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		unreachable(t, clientFor(t, server.URL, trusting, key), why, c.words)
		server.Close()
	}
}

// Something else answers at the hub's address.
func TestNotAHub(t *testing.T) {
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>Bad gateway</html>", http.StatusBadGateway)
	})
	unreachable(t, c, WhyNoHub, "status 502 and not as a Greenroom hub does")

	asked := false
	target, _ := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
	_, c = serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	unreachable(t, c, WhyNoHub, "status 307")
	if asked {
		t.Error("the redirect was followed")
	}

	for _, answer := range []string{"welcome", strings.Repeat(" ", maxAnswer) + "{}"} {
		_, c = serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		_, err := c.Hello(t.Context())
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Code != CodeHubFault {
			t.Errorf("%.10q: got %v", answer, err)
		}
	}
}

// The client refuses tickets that the other participants would refuse.
func TestTicketsAreChecked(t *testing.T) {
	_, hub, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, otherHub, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := newKey(t)
	own, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := newKey(t).PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	type parts struct {
		statement wire.Statement
		signer    ed25519.PrivateKey
		ticket    Ticket
	}
	for name, change := range map[string]func(*parts){
		"":                 func(*parts) {},
		"another key":      func(p *parts) { p.statement.IdentityKey = foreign },
		"another instance": func(p *parts) { p.statement.Instance[0]++ },
		"another meeting":  func(p *parts) { p.ticket.Meeting[0]++ },
		"another hub":      func(p *parts) { p.signer = otherHub },
		"expired":          func(p *parts) { p.statement.NotAfter = now.Add(-time.Minute) },
		"not yet":          func(p *parts) { p.statement.NotBefore = now.Add(time.Minute) },
		"no relay":         func(p *parts) { p.ticket.RelayURL = "" },
		"another kind":     func(p *parts) { p.ticket.Kind = "webinar" },
		"no kind":          func(p *parts) { p.ticket.Kind = "" },
		"a short secret":   func(p *parts) { p.ticket.Enhanced = make([]byte, EnhancedSize-1) },
		"no token":         func(p *parts) { p.ticket.RelayToken = "" },
	} {
		p := parts{
			statement: wire.Statement{
				IdentityKey: own, Role: wire.RoleHost, Name: "Aspen", NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
			},
			signer: hub,
			ticket: Ticket{Kind: KindMeeting, RelayURL: "ws://relay", RelayToken: "token", HubKey: hub.Public().(ed25519.PublicKey), HubTime: now},
		}
		change(&p)
		if p.ticket.Statement, err = wire.SignStatement(p.signer, p.statement); err != nil {
			t.Fatal(err)
		}
		answer := marshal(t, p.ticket)
		server, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) })
		_, err := clientFor(t, server.URL, server.Client(), key).MeetNow(t.Context(), "")
		var refusal *Error
		if name == "" && err != nil {
			t.Errorf("a good ticket: %v", err)
		} else if name != "" && (!errors.As(err, &refusal) || refusal.Code != CodeHubFault) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The API's own path is signed, so a hub behind a prefix of a proxy works.
func TestPrefixOfAProxy(t *testing.T) {
	key := newKey(t)
	server, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		a, err := ParseAuthorization(r.Header.Get("Authorization"))
		if err != nil || r.URL.Path != "/hub"+pathHello || !a.Verify(r.Method, pathHello, nil) {
			http.Error(w, "", http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, `{"name":"Behind a proxy"}`)
	})
	info, err := clientFor(t, server.URL+"/hub/", server.Client(), key).Hello(t.Context())
	if err != nil || info.Name != "Behind a proxy" {
		t.Errorf("got %+v, %v", info, err)
	}
}

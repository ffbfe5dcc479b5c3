package directory

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"greenroom/meeting/wire"
)

// ClientConfig is what a Client needs.
type ClientConfig struct {
	// URL is the hub's: https, a host, and the prefix of a proxy if there is one.
	URL string
	// HTTP does the requests; its transport decides which certificates are trusted (nil: those
	// of the system). A request may take 10 seconds, unless it says otherwise, and WaitTime longer where the hub is meant
	// to wait: the transport must not bound the time to the answer itself. Redirects are not followed: a signature is for
	// one address.
	HTTP *http.Client
	// Signer is the room's identity (ECDSA P-256). It is asked for a Mandate twice a day.
	Signer crypto.Signer
	Now    func() time.Time // nil: time.Now
}

// Client is a room's side of the directory. Its methods may be called at the same time. Their errors are an *Error
// (the hub refused), or wrap ErrUnreachable, or the context's error. None of them tries twice: the caller knows how
// long it may wait.
type Client struct {
	base    *url.URL
	http    *http.Client
	patient *http.Client // for requests that wait; their contexts bound them
	keys    requestKeys
	key     []byte // 65 bytes
	now     func() time.Time
}

const (
	clientTimeout = 10 * time.Second
	maxRetryAfter = 3600    // seconds; whatever the hub says
	maxGuestPage  = 200     // bytes of an address
	maxAnswer     = 1 << 20 // bytes; the list of the rooms of a large organisation is the longest
)

// NewClient checks the configuration; it does not connect.
func NewClient(cfg ClientConfig) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(cfg.URL, "/"))
	if err != nil || base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the hub's URL %q cannot be used: it should look like https://hub.example.org", cfg.URL)
	}
	if cfg.Signer == nil {
		return nil, errors.New("directory: a Signer is required")
	}
	public, ok := cfg.Signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("the identity key is not an ECDSA key")
	}
	key, err := public.Bytes()
	if err != nil || len(key) != wire.IdentityKeySize {
		return nil, errors.New("the identity key is not on the curve P-256")
	}
	c := &Client{base: base, keys: requestKeys{signer: cfg.Signer}, key: key, now: cfg.Now}
	if c.now == nil {
		c.now = time.Now
	}
	var own http.Client
	if cfg.HTTP != nil {
		own = *cfg.HTTP
	}
	if own.Timeout == 0 {
		own.Timeout = clientTimeout
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &own
	patient := own
	patient.Timeout = 0
	c.patient = &patient
	return c, nil
}

// Hello asks who the hub is, and whether it knows this room and agrees with its clock.
func (c *Client) Hello(ctx context.Context) (HubInfo, error) {
	var info HubInfo
	err := c.call(ctx, http.MethodGet, pathHello, nil, &info)
	return info, err
}

// MeetNow starts a meeting with this room as its host. title may be empty.
func (c *Client) MeetNow(ctx context.Context, title string) (Ticket, error) {
	return c.ticket(ctx, pathNow, nowRequest{Title: title})
}

// Join asks for a place in the meeting with this number. The number is refused here if it is none, without asking the
// hub.
func (c *Client) Join(ctx context.Context, number, passcode string) (Ticket, error) {
	digits, err := ParseNumber(number)
	if err != nil {
		return Ticket{}, refuse(CodeMeetingUnknown, "There is no meeting with this number: "+err.Error()+".")
	}
	return c.ticket(ctx, pathJoin, joinRequest{Number: digits, Passcode: strings.TrimSpace(passcode)})
}

// Renew keeps the ticket's place for another Lease and returns a fresh relay token for it. It is due every RenewEvery.
// A *Error with CodeMeetingOver means that the place is gone; after any other error the meeting goes on.
func (c *Client) Renew(ctx context.Context, t Ticket) (relayToken string, err error) {
	var answer renewAnswer
	if err := c.call(ctx, http.MethodPost, pathRenew, placeRequest{t.Instance, t.Participant}, &answer); err != nil {
		return "", err
	}
	if answer.RelayToken == "" {
		return "", faulty("its answer holds no relay token")
	}
	return answer.RelayToken, nil
}

// Leave gives the ticket's place up. Leaving a place that has ended already is no error.
func (c *Client) Leave(ctx context.Context, t Ticket) error {
	return c.call(ctx, http.MethodPost, pathLeave, placeRequest{t.Instance, t.Participant}, &struct{}{})
}

func (c *Client) ticket(ctx context.Context, path string, request any) (Ticket, error) {
	var t Ticket
	if err := c.call(ctx, http.MethodPost, path, request, &t); err != nil {
		return Ticket{}, err
	}
	t.GuestPage = c.guestPage(t.GuestPage)
	return t, c.check(t)
}

// guestPage returns the address of the guest page that the hub named, or nothing where people could not open it: it goes
// into a QR code, behind which digits follow.
func (c *Client) guestPage(reference string) string {
	if reference == "" || len(reference) > maxGuestPage {
		return ""
	}
	page, err := c.base.JoinPath("/").Parse(reference)
	if err != nil || page.Scheme != "https" || page.Host == "" || page.User != nil || page.Fragment != "" || len(page.String()) > maxGuestPage {
		return ""
	}
	return page.String()
}

// check refuses a ticket that the other participants would refuse, so that the fault is named here and not as a join
// that never succeeds.
func (c *Client) check(t Ticket) error {
	s, err := t.OpenStatement()
	switch {
	case err != nil:
		return faulty("its statement about this room does not hold: " + err.Error())
	case !slices.Equal(s.IdentityKey, c.key):
		return faulty("its statement is about another room's key")
	case !s.Covers(c.now()):
		return faulty(fmt.Sprintf("its statement holds from %s to %s, and it is %s here", stamp(s.NotBefore), stamp(s.NotAfter), stamp(c.now())))
	case t.RelayURL == "" || t.RelayToken == "":
		return faulty("its ticket names no relay")
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func faulty(what string) *Error {
	return refuse(CodeHubFault, "The hub answered something that cannot be used: "+what+". Tell IT; the hub's log may say more.")
}

// call signs and sends one request and decodes its answer into result.
func (c *Client) call(ctx context.Context, method, path string, request, result any) error {
	return c.callWith(ctx, c.http, method, path, request, result)
}

func (c *Client) callWith(ctx context.Context, client *http.Client, method, path string, request, result any) error {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return fmt.Errorf("the request to the hub was not encoded: %w", err)
		}
	}
	now := c.now()
	key, err := c.keys.at(now)
	if err != nil {
		return fmt.Errorf("the request to the hub was not signed: %w", err)
	}
	a, err := key.Authorize(now, method, path, body)
	if err != nil {
		return fmt.Errorf("the request to the hub was not signed: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the request to the hub: %w", err)
	}
	req.Header.Set("Authorization", a.String())
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(req)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	return c.decode(answer.StatusCode, data, result)
}

// decode reads an answer: the result, or the refusal in its place.
func (c *Client) decode(status int, data []byte, result any) error {
	if len(data) > maxAnswer {
		return faulty(fmt.Sprintf("its answer has more than %d bytes", maxAnswer))
	}
	if status == http.StatusOK {
		if err := json.Unmarshal(data, result); err != nil {
			return faulty(err.Error())
		}
		return nil
	}
	var b errorBody
	if err := json.Unmarshal(data, &b); err != nil || b.Code == "" || b.Message == "" {
		// Not the hub's own words: a proxy before it, or another server at this address.
		return &Unreachable{Why: WhyNoHub, Host: c.base.Host, text: fmt.Sprintf(
			"%v: %s answered with status %d and not as a Greenroom hub does; check hub.url, and the proxy before the hub if there is one", ErrUnreachable, c.base.Host, status)}
	}
	e := &Error{Code: b.Code, Message: b.Message, Status: status, RetryAfter: time.Duration(min(max(b.RetryAfter, 0), maxRetryAfter)) * time.Second}
	if hub, err := time.Parse(time.RFC3339Nano, b.HubTime); err == nil {
		e.HubTime = hub
		if e.Code == CodeClockWrong {
			now := c.now()
			e.Message = clockSentence(now.Sub(hub)) + fmt.Sprintf(" It is %s here and %s at the hub.", stamp(now), stamp(hub))
		}
	}
	return e
}

package directory

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"
)

// FuzzAnswer: whatever the hub answers, or somebody in its place, the client has a result or says why not.
func FuzzAnswer(f *testing.F) {
	f.Add(http.StatusOK, []byte(`{"name":"hub","version":"1.0","room":"Aspen","time":"2026-03-01T10:00:00Z"}`))
	f.Add(http.StatusOK, []byte(`{"rooms":[{"id":"00112233445566778899aabbccddeeff","name":"Birch"}],"version":"7"}`))
	f.Add(http.StatusOK, []byte(`{"ringing":{"call":"00112233445566778899aabbccddeeff","from":"Birch","encryption":"enhanced"},"rooms":"7"}`))
	f.Add(http.StatusOK, []byte(`{"state":"ringing"}`))
	f.Add(http.StatusOK, []byte(`{"relay_token":"a.b.c"}`))
	f.Add(http.StatusUnauthorized, []byte(`{"code":"clock-wrong","message":"Set the clock.","hub_time":"2026-03-01T10:00:00.5Z"}`))
	f.Add(http.StatusTooManyRequests, []byte(`{"code":"too-many-tries","message":"Wait.","retry_after_seconds":9223372036854775807}`))
	f.Add(http.StatusBadGateway, []byte(`<html>`))
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	c := &Client{base: &url.URL{Scheme: "https", Host: "hub.example.org"}, now: func() time.Time { return now }}
	f.Fuzz(func(t *testing.T, status int, data []byte) {
		for _, result := range []any{&HubInfo{}, &Callees{}, &Waiting{}, &watchAnswer{}, &renewAnswer{}} {
			err := c.decode(status, data, result)
			var refusal *Error
			switch {
			case err == nil && status != http.StatusOK:
				t.Errorf("status %d is no refusal", status)
			case err == nil:
				checkAnswer(t, c, result)
			case errors.As(err, &refusal):
				if refusal.Code == "" || refusal.Message == "" || refusal.RetryAfter < 0 {
					t.Errorf("refusal %+v", refusal)
				}
			case !errors.Is(err, ErrUnreachable):
				t.Errorf("untyped error %v", err)
			}
		}
	})
}

// checkAnswer checks that a result comes back as it went.
func checkAnswer(t *testing.T, c *Client, result any) {
	t.Helper()
	again := reflect.New(reflect.TypeOf(result).Elem()).Interface()
	if err := c.decode(http.StatusOK, marshal(t, result), again); err != nil || !reflect.DeepEqual(marshal(t, again), marshal(t, result)) {
		t.Errorf("%+v came back as %+v, %v", result, again, err)
	}
}

package localapi_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"greenroom/daemon/localapi"
	"greenroom/daemon/room"
)

func TestReportsOfTheScreen(t *testing.T) {
	told := make(chan room.ScreenCounters, 1)
	r := serve(t, func(c *localapi.Config) { c.Report = func(s room.ScreenCounters) { told <- s } })
	screen, panel := r.open(r.URLs().Screen), r.open(r.URLs().Panel)
	const whole = `{"decoded":7,"dropped":1,"freezes":2,"freezeMs":300,"samples":48000,"concealed":480,"apart":-12}`
	for _, c := range []struct {
		who, kind, body string
		b               *browser
		status          int
	}{
		{"the panel", "application/json", whole, panel, 403},
		{"a stranger", "application/json", whole, r.browser(), 401},
		{"a form", "text/plain", whole, screen, 415},
		{"a negative number", "application/json", `{"decoded":-1}`, screen, 400},
		{"an unknown field", "application/json", `{"key":"x"}`, screen, 400},
		{"much", "application/json", `{"decoded":` + strings.Repeat(" ", 2000) + `1}`, screen, 413},
		{"the screen", "application/json", whole, screen, 204},
	} {
		if status, body := c.b.send(c.b.request(http.MethodPost, "/v1/playout/report", c.kind, c.body)); status != c.status {
			t.Errorf("%s: %d %q, want %d", c.who, status, body, c.status)
		}
	}
	got := <-told
	if got.Decoded != 7 || got.Concealed != 480 || got.Apart == nil || *got.Apart != -12 {
		t.Errorf("told %+v", got)
	}
	if len(told) > 0 {
		t.Error("a report that was refused was taken")
	}
}

func TestMetricsOnTheSocketAlone(t *testing.T) {
	r := serve(t, func(c *localapi.Config) {
		c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "greenroom_info 1\n") })
	})
	var out bytes.Buffer
	if err := r.client().Metrics(t.Context(), &out); err != nil || out.String() != "greenroom_info 1\n" {
		t.Errorf("%q, %v", &out, err)
	}
	if status, body := r.open(r.URLs().Panel).get("/metrics"); status != 404 {
		t.Errorf("a page is served the metrics: %d %q", status, body)
	}
}

package localapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"greenroom/daemon/room"
)

// The largest bodies. A line of chat of 2,000 bytes may need six times as many in JSON. An offer of 9 pictures and 9
// sounds with all of a browser's codecs has about 80 kB.
const (
	maxCommandBytes = 16 << 10
	maxOfferBytes   = 512 << 10
	maxReportBytes  = 1 << 10
)

func (s *Server) socketHandler() http.Handler {
	mux := http.NewServeMux()
	s.addAPI(mux)
	if s.metrics != nil {
		mux.Handle("GET /metrics", s.metrics)
	}
	return s.socketGate(mux)
}

func (s *Server) loopbackHandler() http.Handler {
	mux := http.NewServeMux()
	s.addAPI(mux)
	mux.HandleFunc("POST /v1/playout", s.playout)
	mux.HandleFunc("POST /v1/preview", s.ownPicture)
	mux.HandleFunc("POST /v1/playout/report", s.playoutReport)
	s.addPages(mux)
	return s.loopbackGate(mux)
}

func (s *Server) addAPI(mux *http.ServeMux) {
	streams := make(chan struct{}, maxStreams)
	mux.HandleFunc("GET /v1/state", s.state)
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) { s.events(w, r, streams) })
	mux.HandleFunc("POST /v1/commands", s.commands)
}

// errNoToken: the request brings no cookie of this start of the daemon.
func errNoToken() error {
	return errorf(http.StatusUnauthorized, codeNoToken,
		"This page is not known to the room, or the room was restarted. Open it again by the address in its file (screen.url or panel.url).")
}

// show returns the State as the caller may see it, or false when the caller may see nothing. The wall says how to join
// by number; the passcode is told by the panel.
func (c caller) show(st room.State) (room.State, bool) {
	switch {
	case c.control, c.panel:
		return st, true
	case !c.screen:
		return room.State{}, false
	}
	if st.Meeting != nil {
		meeting := *st.Meeting
		meeting.Passcode = ""
		st.Meeting = &meeting
	}
	return st, true
}

// origin is where a caller's commands come from. A browser that has opened both pages may do what the panel may.
func (c caller) origin() (room.Origin, bool) {
	switch {
	case c.admin:
		return room.OriginAdmin, true
	case c.control:
		return room.OriginControl, true
	case c.panel:
		return room.OriginPanel, true
	case c.screen:
		return room.OriginScreen, true
	}
	return 0, false
}

func (s *Server) state(w http.ResponseWriter, r *http.Request) {
	st, ok := callerOf(r).show(s.room.State())
	if !ok {
		s.fail(w, r, errNoToken())
		return
	}
	s.answerJSON(w, r, http.StatusOK, st)
}

func (s *Server) commands(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r)
	origin, ok := c.origin()
	if !ok {
		s.fail(w, r, errNoToken())
		return
	}
	command, err := readCommand(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if denied := room.Denied(origin, command.Do); denied != nil {
		s.fail(w, r, denied)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), commandTime)
	defer cancel()
	st, err := s.room.Do(ctx, origin, command)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	st, _ = c.show(st)
	s.answerJSON(w, r, http.StatusOK, st)
}

func readCommand(w http.ResponseWriter, r *http.Request) (room.Command, error) {
	body, err := readBody(w, r, "application/json", maxCommandBytes)
	if err != nil {
		return room.Command{}, err
	}
	c, err := room.ParseCommand(body)
	if err != nil {
		return room.Command{}, errorf(http.StatusBadRequest, codeBadRequest, "%v", err)
	}
	return c, nil
}

// readBody reads a body of one kind. A form of another page cannot name these kinds without being asked first.
func readBody(w http.ResponseWriter, r *http.Request, kind string, limit int64) ([]byte, error) {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != kind {
		return nil, errorf(http.StatusUnsupportedMediaType, codeWrongKind, "The request's Content-Type must be %s.", kind)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooBig *http.MaxBytesError
	if err != nil && !errors.As(err, &tooBig) {
		return nil, errorf(http.StatusBadRequest, codeBadRequest, "The request ended too early.")
	}
	return body, err
}

// ofScreen reports whether a request is the screen page's, and answers it if not.
func (s *Server) ofScreen(w http.ResponseWriter, r *http.Request) bool {
	c := callerOf(r)
	if _, ok := c.origin(); !ok {
		s.fail(w, r, errNoToken())
		return false
	}
	if !c.screen {
		s.fail(w, r, errorf(http.StatusForbidden, codeNotPermitted, "Only the screen page is shown the meeting's pictures."))
	}
	return c.screen
}

// playoutReport takes what the screen page tells of how it plays.
func (s *Server) playoutReport(w http.ResponseWriter, r *http.Request) {
	if !s.ofScreen(w, r) {
		return
	}
	body, err := readBody(w, r, "application/json", maxReportBytes)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var told room.ScreenCounters
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(&told); err != nil {
		s.fail(w, r, errorf(http.StatusBadRequest, codeBadRequest, "The report is not understood: %v.", err))
		return
	}
	if s.report != nil {
		s.report(told)
	}
	w.WriteHeader(http.StatusNoContent)
}

// playout answers the screen page's offer. No other page is shown decrypted pictures.
func (s *Server) playout(w http.ResponseWriter, r *http.Request) {
	if s.ofScreen(w, r) {
		s.connect(w, r, s.answer)
	}
}

// ownPicture answers a panel's offer. It is shown the room's own picture alone, and so may be nearer to strangers than the wall.
func (s *Server) ownPicture(w http.ResponseWriter, r *http.Request) {
	switch c := callerOf(r); {
	case c.panel:
		s.connect(w, r, s.preview)
	case c.screen:
		s.fail(w, r, errorf(http.StatusForbidden, codeNotPermitted, "Only a panel is shown the room's own picture to check it."))
	default:
		s.fail(w, r, errNoToken())
	}
}

// connect answers a page's offer.
func (s *Server) connect(w http.ResponseWriter, r *http.Request, answerOf func(context.Context, string) (string, error)) {
	if answerOf == nil {
		s.fail(w, r, errorf(http.StatusServiceUnavailable, codeNoPlayout, "This room plays nothing out."))
		return
	}
	offer, err := readBody(w, r, "application/sdp", maxOfferBytes)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	answer, err := answerOf(ctx, string(offer))
	if err != nil {
		s.log.Warn("a playout connection could not be made", "err", err)
		s.fail(w, r, errorf(http.StatusServiceUnavailable, codeNoPlayout, "The playout connection could not be made; the room's log says why. Try again."))
		return
	}
	w.Header().Set("Content-Type", "application/sdp")
	io.WriteString(w, answer)
}

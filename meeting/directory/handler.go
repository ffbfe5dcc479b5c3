package directory

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// The API's paths. They are what a request's signature covers.
const (
	pathHello = "/v1/hello"
	pathNow   = "/v1/meetings/now"
	pathJoin  = "/v1/meetings/join"
	pathRenew = "/v1/meetings/renew"
	pathLeave = "/v1/meetings/leave"

	pathCallees = "/v1/calls/rooms"
	pathCall    = "/v1/calls/place"
	pathAnswer  = "/v1/calls/answer"
	pathDecline = "/v1/calls/decline"
	pathWait    = "/v1/calls/wait"
	pathWatch   = "/v1/calls/watch"

	pathSucceed = "/v1/rooms/succeed"

	pathGuestJoin  = "/v1/guests/join"
	pathGuestRenew = "/v1/guests/renew"
	pathGuestLeave = "/v1/guests/leave"
)

// requestTimeout bounds the work for one request, waiting for the database included.
const requestTimeout = 10 * time.Second

// Handler serves the paths above. It limits bodies; the server around it limits connections and their time.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathHello, s.endpoint(func(ctx context.Context, c caller, _ []byte) (any, error) { return s.hello(ctx, c) }))
	mux.HandleFunc("POST "+pathNow, s.endpoint(withBody(parseNow, s.meetNow)))
	mux.HandleFunc("POST "+pathJoin, s.endpoint(withBody(parseJoin, s.join)))
	mux.HandleFunc("POST "+pathRenew, s.endpoint(withBody(parsePlace, s.renew)))
	mux.HandleFunc("POST "+pathLeave, s.endpoint(withBody(parsePlace, done(s.leave))))

	mux.HandleFunc("GET "+pathCallees, s.endpoint(func(ctx context.Context, c caller, _ []byte) (any, error) { return s.listCallees(ctx, c) }))
	mux.HandleFunc("POST "+pathCall, s.endpoint(withBody(parsePlaceCall, s.placeCall)))
	mux.HandleFunc("POST "+pathAnswer, s.endpoint(withBody(parseCall, s.answerCall)))
	mux.HandleFunc("POST "+pathDecline, s.endpoint(withBody(parseDecline, done(s.declineCall))))
	mux.HandleFunc("POST "+pathWait, s.patient(withBody(parseWait, s.waitForCall)))
	mux.HandleFunc("POST "+pathWatch, s.patient(withBody(parseWatch, s.watchCall)))

	mux.HandleFunc("POST "+pathSucceed, s.endpoint(withBody(parseSucceed, s.succeed)))

	mux.HandleFunc("POST "+pathGuestJoin, s.guestEndpoint(withBody(parseGuest, s.guestJoin)))
	mux.HandleFunc("POST "+pathGuestRenew, s.guestEndpoint(withBody(parsePlace, s.renew)))
	mux.HandleFunc("POST "+pathGuestLeave, s.guestEndpoint(withBody(parsePlace, done(s.leave))))

	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e := refuse(CodeBadRequest, "The hub has no such address. The room's program may be newer than the hub's.")
		e.Status = http.StatusNotFound
		s.answer(w, r, caller{}, nil, e)
	})
	return mux
}

// admission finds out who signed a request, or refuses it.
type admission func(method, path, header string, body []byte) (caller, error)

type operation func(ctx context.Context, c caller, body []byte) (any, error)

// withBody puts a parser before an operation.
func withBody[R, A any](parse func([]byte) (R, error), f func(context.Context, caller, R) (A, error)) operation {
	return func(ctx context.Context, c caller, body []byte) (any, error) {
		r, err := parse(body)
		if err != nil {
			return nil, refuse(CodeBadRequest, "The request cannot be used: "+err.Error()+".")
		}
		return f(ctx, c, r)
	}
}

// done gives an operation without a result an empty answer.
func done[R any](f func(context.Context, caller, R) error) func(context.Context, caller, R) (struct{}, error) {
	return func(ctx context.Context, c caller, r R) (struct{}, error) { return struct{}{}, f(ctx, c, r) }
}

// endpoint answers one request that is done at once.
func (s *Service) endpoint(f operation) http.HandlerFunc { return s.prompt(s.admit, f) }

// guestEndpoint does so for guests.
func (s *Service) guestEndpoint(f operation) http.HandlerFunc { return s.prompt(s.admitGuest, f) }

func (s *Service) prompt(admit admission, f operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		s.serve(ctx, w, r, admit, f)
	}
}

// patient answers one request that waits. Its time counts from when it has been read, whatever the server around it
// allows to others.
func (s *Service) patient(f operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), WaitTime+requestTimeout)
		defer cancel()
		control := http.NewResponseController(w)
		// A server without deadlines says that it knows none, which is as good.
		_ = control.SetWriteDeadline(time.Now().Add(WaitTime + 2*requestTimeout))
		s.serve(ctx, w, r, s.admit, func(ctx context.Context, c caller, body []byte) (any, error) {
			_ = control.SetReadDeadline(time.Time{}) // the body is here; reading goes on only to notice that the room is gone
			return f(ctx, c, body)
		})
	}
}

// serve reads, admits, runs and answers one request.
func (s *Service) serve(ctx context.Context, w http.ResponseWriter, r *http.Request, admit admission, f operation) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answer(w, r, caller{}, nil, refuse(CodeBadRequest, "The request's body is too long or broke off."))
		return
	}
	c, err := admit(r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), body)
	if err != nil {
		s.answer(w, r, c, nil, err)
		return
	}
	c.address = addressOf(r.RemoteAddr)
	result, err := f(ctx, c, body)
	if err != nil && r.Context().Err() != nil {
		s.cfg.Log.Debug("a room gave its request up", "path", r.URL.Path, "room", c.Name)
		return
	}
	s.answer(w, r, c, result, err)
}

// answer writes the result or the error, and logs which it was. Bodies hold passcodes and tokens and are not logged.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, c caller, result any, err error) {
	log := s.cfg.Log.With("method", r.Method, "path", r.URL.Path)
	if c.Name != "" {
		log = log.With("room", c.Name)
	}
	if err == nil {
		log.LogAttrs(r.Context(), slog.LevelDebug, "request answered")
		s.write(w, log, http.StatusOK, result)
		return
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		log.Error("request failed for a fault of the hub", "error", err)
		refusal = refuse(CodeHubFault, "The hub could not do this because of a fault of its own. Try again in a minute; if that does not help, "+
			"IT finds the reason in the hub's log.")
	} else {
		log.Info("request refused", "code", refusal.Code, "reason", refusal.Message)
	}
	body := errorBody{
		Code: refusal.Code, Message: refusal.Message, HubTime: s.cfg.Now().UTC().Format(time.RFC3339Nano),
		RetryAfter: int(refusal.RetryAfter / time.Second),
	}
	if body.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(body.RetryAfter))
	}
	s.write(w, log, refusal.Status, body)
}

func (s *Service) write(w http.ResponseWriter, log *slog.Logger, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		log.Error("the answer could not be encoded", "error", err)
		status, data = http.StatusInternalServerError, []byte(`{"code":"`+CodeHubFault+`","message":"The hub could not encode its answer."}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store") // tickets hold secrets
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(data); err != nil {
		log.Debug("the answer was not delivered", "error", err)
	}
}

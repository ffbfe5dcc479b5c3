package localapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"greenroom/daemon/room"
)

// The codes that this package adds to the room's. They are stable.
const (
	codeBadRequest   = "bad-request"
	codeTooBig       = "too-big"
	codeWrongKind    = "wrong-content-type"
	codeNoToken      = "no-token"
	codeForeignHost  = "foreign-host"
	codeForeignPage  = "foreign-page"
	codeNotPermitted = "not-permitted"
	codeTooMany      = "too-many"
	codeNoPlayout    = "no-playout"
	codeNoPages      = "no-pages"
	codeSlow         = "slow"
	codeInternal     = "internal"
)

// requestError is a request that was not carried out by this package.
type requestError struct {
	status int
	code   string
	text   string
}

func (e *requestError) Error() string { return e.text }

func errorf(status int, code, format string, args ...any) *requestError {
	return &requestError{status, code, fmt.Sprintf(format, args...)}
}

// explain maps every error to what the client is told: here, and nowhere else.
func explain(err error) (status int, r room.Refusal) {
	var request *requestError
	var refusal *room.Refusal
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &request):
		return request.status, room.Refusal{Code: request.code, Text: request.text}
	case errors.As(err, &refusal):
		return refusalStatus(refusal.Code), *refusal
	case errors.As(err, &tooBig):
		return http.StatusRequestEntityTooLarge, room.Refusal{
			Code: codeTooBig, Text: fmt.Sprintf("The request is larger than %d bytes.", tooBig.Limit),
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, room.Refusal{
			Code: codeSlow, Text: "The room did not answer in time. Try again; if it happens again, restart the room.",
		}
	}
	return http.StatusInternalServerError, room.Refusal{
		Code: codeInternal, Text: "The room has a fault. Its log says more.",
	}
}

// refusalStatus is the status of a command that the room refused.
func refusalStatus(code string) int {
	switch code {
	case room.CodeNotAllowed, room.CodeNotAdmin:
		return http.StatusForbidden
	case room.CodeCommandUnknown, room.CodeNumberWrong, room.CodeTooLong, room.CodeBackendUnknown:
		return http.StatusBadRequest
	}
	return http.StatusConflict
}

// fail answers with an error, as JSON.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, refusal := explain(err)
	if status == http.StatusInternalServerError {
		s.log.Error("a local request failed", "path", r.URL.Path, "err", err)
	}
	s.answerJSON(w, r, status, refusal)
}

func (s *Server) answerJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		s.log.Error("a local answer cannot be written as JSON", "path", r.URL.Path, "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(data, '\n')) // who has gone away needs no answer
}

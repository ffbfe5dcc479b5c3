//go:build js && wasm

package main

import (
	"syscall/js"
	"time"

	"greenroom/meeting/guest"
)

func instant(v js.Value) time.Time { return time.UnixMilli(int64(v.Float())) }

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Length())
	js.CopyBytesToGo(b, v)
	return b
}

func array(b []byte) js.Value {
	v := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(v, b)
	return v
}

func texts(v js.Value) []string {
	list := make([]string, v.Length())
	for i := range list {
		list[i] = v.Index(i).String()
	}
	return list
}

func list[T any](of []T, f func(T) any) []any {
	values := make([]any, len(of))
	for i, v := range of {
		values[i] = f(v)
	}
	return values
}

func epoch(e guest.Epoch) any {
	return map[string]any{"number": float64(e.Number), "commitment": array(e.Commitment[:]), "index": float64(e.Index)}
}

func output(o guest.Output) any {
	var next, seal any
	if !o.Next.IsZero() {
		next = float64(o.Next.UnixMilli())
	}
	if o.Seal != nil {
		seal = epoch(*o.Seal)
	}
	return map[string]any{
		"send": list(o.Send, func(m guest.Outgoing) any { return map[string]any{"to": m.To, "data": array(m.Data)} }),
		"sign": list(o.Sign, func(s guest.Sign) any { return map[string]any{"id": float64(s.ID), "input": array(s.Input)} }),
		"open": list(o.Open, epoch), "seal": seal, "newReceivers": o.NewReceivers,
		"forget": list(o.Forget, func(n uint64) any { return float64(n) }),
		"events": list(o.Events, func(e guest.Event) any {
			return map[string]any{"kind": e.Kind, "person": e.Person, "name": e.Name, "text": e.Text, "code": e.Code}
		}),
		"next": next, "view": view(o.View),
	}
}

func view(v guest.View) any {
	return map[string]any{
		"phase": v.Phase, "code": v.Code, "text": v.Text, "self": v.Self, "leader": v.Leader, "encryption": v.Encryption,
		"digits": v.Digits, "compared": v.Compared, "joinedSince": v.JoinedSince, "locked": v.Locked, "quiet": v.Quiet,
		"commands": v.Commands, "epoch": float64(v.Epoch), "sealEpoch": float64(v.SealEpoch),
		"members": list(v.Members, func(m guest.Member) any {
			return map[string]any{
				"id": m.ID, "name": m.Name, "role": m.Role, "compared": m.Compared, "verified": m.Verified,
				"organisation": m.Organisation, "hand": m.Hand, "leader": m.Leader,
			}
		}),
	}
}

//go:build js && wasm

package main

import (
	"syscall/js"
	"time"

	"greenroom/meeting/guest"
)

// bridge returns an object with a function for each of the guest's methods. Times are in milliseconds since 1970, bytes
// are Uint8Arrays, epochs are numbers. A function that fails returns {error: a sentence}.
func bridge(g *guest.Guest) js.Value {
	b := js.Global().Get("Object").New()
	method := func(name string, f func(a []js.Value) (any, error)) {
		b.Set(name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			v, err := f(args)
			if err != nil {
				return map[string]any{"error": err.Error()}
			}
			return v
		}))
	}
	step := func(name string, f func(now time.Time, a []js.Value) (guest.Output, error)) {
		method(name, func(a []js.Value) (any, error) {
			o, err := f(instant(a[0]), a[1:])
			if err != nil {
				return nil, err
			}
			return output(o), nil
		})
	}
	method("requestKey", func(a []js.Value) (any, error) {
		input, err := g.RequestKey(bytesOf(a[1]), instant(a[0]))
		return array(input), err
	})
	method("mandate", func(a []js.Value) (any, error) { return nil, g.Mandate(bytesOf(a[0])) })
	method("authorize", func(a []js.Value) (any, error) {
		return g.Authorize(instant(a[0]), a[1].String(), a[2].String(), bytesOf(a[3]))
	})
	method("media", func(a []js.Value) (any, error) {
		kid, base, participant, ok := g.Media(uint64(a[0].Int()), uint32(a[1].Int()), uint8(a[2].Int()))
		if !ok {
			return nil, nil
		}
		defer clear(base)
		return map[string]any{"kid": float64(kid), "base": array(base), "participant": participant}, nil
	})
	step("begin", func(now time.Time, a []js.Value) (guest.Output, error) {
		t := a[0]
		return g.Begin(now, guest.Ticket{
			Meeting: t.Get("meeting").String(), Instance: t.Get("instance").String(), Participant: t.Get("participant").String(),
			Device: t.Get("device").String(), IdentityKey: bytesOf(t.Get("identityKey")), Statement: bytesOf(t.Get("statement")),
			HubKey: bytesOf(t.Get("hubKey")),
		})
	})
	step("signed", func(now time.Time, a []js.Value) (guest.Output, error) {
		return g.Signed(now, uint64(a[0].Int()), bytesOf(a[1]))
	})
	step("connected", func(now time.Time, _ []js.Value) (guest.Output, error) { return g.Connected(now) })
	step("disconnected", func(now time.Time, _ []js.Value) (guest.Output, error) { return g.Disconnected(now) })
	step("present", func(now time.Time, a []js.Value) (guest.Output, error) { return g.Present(now, texts(a[0])) })
	step("gone", func(now time.Time, a []js.Value) (guest.Output, error) { return g.Gone(now, a[0].String()) })
	step("received", func(now time.Time, a []js.Value) (guest.Output, error) {
		return g.Received(now, a[0].String(), bytesOf(a[1]))
	})
	step("tick", func(now time.Time, _ []js.Value) (guest.Output, error) { return g.Tick(now) })
	step("keyMissing", func(now time.Time, a []js.Value) (guest.Output, error) {
		return g.KeyMissing(now, uint64(a[0].Float()))
	})
	step("leave", func(now time.Time, _ []js.Value) (guest.Output, error) { return g.Leave(now) })
	step("chat", func(now time.Time, a []js.Value) (guest.Output, error) { return g.Chat(now, a[0].String()) })
	step("hand", func(now time.Time, a []js.Value) (guest.Output, error) { return g.Hand(now, a[0].Bool()) })
	step("react", func(now time.Time, a []js.Value) (guest.Output, error) { return g.React(now, a[0].String()) })
	step("compare", func(now time.Time, a []js.Value) (guest.Output, error) {
		return g.Compare(now, a[0].Bool(), a[1].String())
	})
	return b
}

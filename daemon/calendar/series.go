package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"
)

// maxSteps is how many instances of a series are counted through, from its first one on: a daily meeting of 50 years.
const maxSteps = 20_000

// begins returns when an entry begins within the span, give or take its length.
func (r Reader) begins(e ical.Event, begin time.Time, length time.Duration) ([]time.Time, error) {
	rule, err := e.Props.RecurrenceRule()
	if err != nil {
		return nil, err
	}
	if rule == nil || e.Props.Get(ical.PropRecurrenceID) != nil {
		return []time.Time{begin}, nil
	}
	if err := understood(rule); err != nil {
		return nil, err
	}
	rule.Dtstart = begin
	if rule.Until.IsZero() || rule.Until.After(r.To) {
		rule.Until = r.To
	}
	every, err := rrule.NewRRule(*rule)
	if err != nil {
		return nil, err
	}
	without, err := r.exceptions(e)
	if err != nil {
		return nil, err
	}
	var all []time.Time
	next := every.Iterator()
	for range maxSteps {
		at, more := next()
		if !more || !at.Before(r.To) {
			return all, nil
		}
		if at.Add(length).After(r.From) && !without[at.Unix()] {
			all = append(all, at)
		}
	}
	return all, fmt.Errorf("it has had %d instances before now", maxSteps)
}

// understood refuses rules that no calendar of meetings makes, and that take long to follow to their end.
func understood(o *rrule.ROption) error {
	switch o.Freq {
	case rrule.YEARLY, rrule.MONTHLY:
	case rrule.WEEKLY, rrule.DAILY:
		if len(o.Bymonth)+len(o.Bymonthday)+len(o.Bysetpos) > 0 {
			return errors.New("a rule by days of the month, where every week is meant")
		}
	default:
		return errors.New("more than once a day")
	}
	if len(o.Byyearday)+len(o.Byweekno)+len(o.Byeaster)+len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0 {
		return errors.New("a rule by what meetings do not go by")
	}
	return nil
}

// exceptions returns the times at which a series does not take place ("EXDATE").
func (r Reader) exceptions(e ical.Event) (map[int64]bool, error) {
	all := map[int64]bool{}
	for _, p := range e.Props.Values(ical.PropExceptionDates) {
		for value := range strings.SplitSeq(p.Value, ",") {
			one := p
			one.Value = value
			at, err := r.time(&one)
			if err != nil {
				return nil, err
			}
			all[at.Unix()] = true
		}
	}
	return all, nil
}

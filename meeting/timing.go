package meeting

import "time"

// The protocol's times (SPEC.md, section 9, gives the reason for each).
const (
	heartbeatEvery  = 2 * time.Second         // leader's heartbeat
	quietAfter      = 6 * time.Second         // the screen says that the heartbeat is missing
	silentAfter     = 10 * time.Second        // the leader counts as lost
	claimStep       = 3 * time.Second         // between one successor's turn and the next one's
	batchWindow     = 200 * time.Millisecond  // adds within it share one epoch
	batchWindowBig  = time.Second             // from bigMeeting members
	rotateEvery     = 5 * time.Minute         // new epoch without a change of the list
	resendAfter     = time.Second             // unacknowledged key box
	resendSlow      = 5 * time.Second         // after resendQuick tries
	useAfterRemoval = 300 * time.Millisecond  // longest wait between certification and sending
	useAfter        = time.Second             // the same, where nobody was taken off the list
	keepRemoval     = 2 * time.Second         // old keys, after the first use of a newer one, where somebody was taken off
	keepUpgrade     = 200 * time.Millisecond  // enhanced keys, after the first use of an end-to-end encrypted one
	keepOld         = 10 * time.Second        // the same, else
	nonceEvery      = 60 * time.Second        // liveness nonce; grows above nonceMembers
	nonceNewcomer   = 5 * time.Second         // the same, of who wants a welcome
	hostWait        = 500 * time.Millisecond  // a host listens that long for a leader before it leads
	hostWaitOthers  = 1500 * time.Millisecond // the same for others, in a meeting that begins with enhanced encryption
	hostWaitHeard   = 5 * time.Second         // the same, after it heard one
	announceFirst   = 500 * time.Millisecond  // first repetition of an announcement; then doubling up to
	announceEvery   = 2 * time.Second         // this, and after announceQuick tries
	announceSlow    = 10 * time.Second        // this
	wantFirst       = 300 * time.Millisecond  // a missing key or link is asked for after this
	wantEvery       = time.Second             // and again after this
	welcomeEvery    = 400 * time.Millisecond  // a welcome is repeated at most this often
	behindFor       = 8 * time.Second         // how long a leader may certify what does not come
	contradictedFor = 4 * time.Second         // how long a leader may certify another list
	silencedAfter   = 2 * time.Second         // after silentAfter: nothing is sent unless somebody leads again
	staleAfter      = 5 * time.Second         // the key must be there that somebody was removed with
	deafAfter       = 30 * time.Second        // a member who does not acknowledge counts as gone
	absentAfter     = 10 * time.Second        // after a reconnection, members who did not come back count as gone
	linksEvery      = 200 * time.Millisecond  // links are sent to one who asks at most this often
	startOverEvery  = 2 * time.Second         // a new key for one who started over comes at most this often
	foreignFor      = 10 * time.Second        // how long a rival's list counts as having nothing to do with ours
	rivalEvery      = 400 * time.Millisecond  // another leader is asked and answered, rivalTries times
	requestEvery    = time.Second             // a host's request that the leader has not carried out is repeated
	requestTime     = 5 * time.Second         // and given up
	requestFresh    = 5 * time.Second         // how old the heartbeat may be that it names
	mismatchEvery   = 10 * time.Second        // new keys because codes differ come no more often
	clockLeeway     = 2 * time.Minute         // difference between clocks that is let pass
)

// Sizes of a meeting.
const (
	maxMembers    = 1000
	maxWaiting    = 1000
	maxReported   = 4096 // participants whom the relay reports: it can name any number
	bigMeeting    = 100
	nonceMembers  = 50
	resendQuick   = 10
	rivalTries    = 20
	maxEpochs     = 32 // keys held at a time; a key id tells 256 apart
	announceQuick = 5
	// takeoverJump is how far a new leader's first epoch lies above the highest it knows of: the old leader may
	// have made some that it never heard of.
	takeoverJump = 64
	// epochJump is how far an epoch may lie above the highest held to be believed, askedJump to be counted on from.
	epochJump = 1 << 20
	askedJump = 1 << 12
)

// timer names a time at which Tick has something to do.
type timer int

const (
	timerAnnounce timer = iota // newcomer: announce again
	timerHost                  // a host's wait is over
	timerNonce
	timerHeartbeat
	timerQuiet
	timerSilent
	timerClaim // succession: a turn has come
	timerBatch
	timerRotate
	timerResend
	timerSeal
	timerForget
	timerWant
	timerAbsent
	timerRequest
	timerReclaim
	timerRival
	timerStale
	timerWaiting // leader: the hosts have not been told yet who waits
	timerCount
)

func (c *Core) set(t timer, at time.Time) { c.timers[t] = at }

// setEarlier sets the timer unless it is due before.
func (c *Core) setEarlier(t timer, at time.Time) {
	if c.timers[t].IsZero() || at.Before(c.timers[t]) {
		c.timers[t] = at
	}
}

func (c *Core) clear(ts ...timer) {
	for _, t := range ts {
		c.timers[t] = time.Time{}
	}
}

// Next returns when Tick is due; the zero time if it is not.
func (c *Core) Next() time.Time {
	var next time.Time
	for _, at := range c.timers {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// Tick does what is due at now.
func (c *Core) Tick(now time.Time) Output {
	c.begin(now)
	for t := range timerCount {
		if at := c.timers[t]; !at.IsZero() && !at.After(now) {
			c.clear(t)
			c.fire(t)
		}
	}
	return c.end()
}

func (c *Core) fire(t timer) {
	switch t {
	case timerAnnounce:
		c.announceAgain()
	case timerHost:
		c.leadIfNobodyDoes()
	case timerNonce:
		c.freshNonce()
	case timerHeartbeat:
		c.beat()
	case timerQuiet:
		c.setQuiet(true)
	case timerSilent:
		c.leaderSilent()
	case timerClaim:
		c.succeed()
	case timerBatch:
		c.flush()
	case timerRotate:
		c.rotate()
	case timerResend:
		c.resend()
	case timerSeal:
		c.sealDue()
	case timerForget:
		c.forgetDue()
	case timerWant:
		c.askForMissing()
	case timerAbsent:
		c.dropAbsent()
	case timerRequest:
		c.askAgain()
	case timerStale:
		c.stale()
	case timerRival:
		c.lookAgain()
	case timerReclaim:
		c.reclaim()
	case timerWaiting:
		c.tellWaiting()
	case timerCount:
	}
}

package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// seedVariable names the first history, to repeat one that has failed.
	seedVariable = "HISTORY_SEED"
	// sliceSeed is one whose slice has a step of a rotation, a change of the chart's cluster, a restored state, a killed run and two people
	// who record.
	sliceSeed = 109757
	// roundsVariable is how long tests go on that could go on for ever: `make soak` sets it.
	roundsVariable = "ROUNDS"
	// roundsOfHistory are the rounds that make one whole history.
	roundsOfHistory = 10

	sliceChanges, sliceReads = 4, 300
	wholeChanges, wholeReads = 32, 10_000
)

// TestHistories lets a mesh live, with Cilium's own code on every link: members, nodes and people do what they do in years, some of
// it late. Nobody keeps to more than the order of the waves. No link that both sides still have may fail to be read, and no agent may
// connect again without a change that takes it.
func TestHistories(t *testing.T) {
	t.Parallel()
	seed, rounds := number(t, seedVariable, sliceSeed), number(t, roundsVariable, 0)
	histories, changes, least, pause := uint64(1), sliceChanges, sliceReads, time.Second
	if rounds != 0 {
		histories, changes, least, pause = max(1, rounds/roundsOfHistory), wholeChanges, wholeReads, time.Second/2
	}
	for i := range histories {
		if !t.Run(strconv.FormatUint(seed+i, 10), func(t *testing.T) { playHistory(t, seed+i, changes, least, pause) }) {
			return
		}
	}
}

// number is that of a variable of the environment.
func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s=%s: %v", variable, text, err)
	}
	return value
}

// playHistory plays one history: releases of Cilium and of etcd take turns.
func playHistory(t *testing.T, seed uint64, changes, least int, pause time.Duration) {
	began := time.Now()
	etcds := []string{"etcd", etcdProgram(newerEtcds[1])}
	r, program := releases[(seed+1)%uint64(len(releases))], etcds[seed%2]
	// All kinds of the chart's cluster come in turn, whatever the release.
	kind := int(seed / uint64(len(releases)))
	d := newDesired(r.minor, desiredRelease{kvstoremesh: kind%2 == 0, mode: kind / 2 % len(authModes)})
	programs := map[string]string{}
	for _, c := range d.byHand() {
		programs[c.name] = program
	}
	w := newWorld(t, r, d, programs, seed, pause, began.AddDate(0, 0, -300))
	defer w.killEtcds()
	t.Logf("seed %d: everything runs after %s", seed, time.Since(began).Round(time.Second))
	var deck []happening
	absent := 0
	for range changes {
		if absent++; len(w.desired.present()) == len(w.desired.clusters) {
			absent = 0
		}
		next := comesBack
		if absent < 3 {
			if len(deck) == 0 {
				deck = slices.Clone(happenings)
				shuffle(w.dice, deck)
			}
			next, deck = deck[0], deck[1:]
		}
		w.happen(t, next)
		w.check(t)
	}
	if changes == wholeChanges {
		w.settle(t)
	}
	w.readEverywhere(t, "*", w.readers()...)
	w.check(t)
	if reads := w.reads + w.watched; reads < least {
		t.Errorf("%d reads, and not %d", reads, least)
	}
	t.Logf("seed %d, Cilium %s, %s: %s in %s", seed, r.version, program, w.summary(), time.Since(began).Round(time.Second))
	t.Run("needless", w.seesANeedlessConnection)
	t.Run("cut", w.seesACut)
}

// check ends the test at the first failure.
func (w *world) check(t *testing.T) {
	t.Helper()
	if len(w.failures) > 0 {
		t.Fatalf("failed after %s:\n%s", w.summary(), strings.Join(w.failures, "\n"))
	}
}

func (w *world) summary() string {
	var counts []string
	for _, name := range slices.Sorted(maps.Keys(w.counts)) {
		counts = append(counts, fmt.Sprintf("%s: %d", name, w.counts[name]))
	}
	return fmt.Sprintf("%d runs of generate, %d reads over connections of their own (the slowest took %s), %d keys seen by agents, "+
		"%d new connections of %d that changes allowed, %d restarts of members and agents; %s",
		w.runs, w.reads, w.slowest.Round(time.Millisecond), w.watched, w.made, w.needed, w.restarts, strings.Join(counts, ", "))
}

// settle has everybody install and record everything until nothing is kept any more.
func (w *world) settle(t *testing.T) {
	t.Helper()
	if len(w.desired.present()) < len(w.desired.clusters) {
		w.happen(t, comesBack)
	}
	const most = 8
	for range most {
		w.finishRotations(t)
		w.happen(t, happenings[len(happenings)-1])
		w.check(t)
		if plan := w.plan(t); len(plan.Kept) == 0 && len(plan.NextSigners) == 0 && len(w.steady(w.desired.present())) == len(w.desired.clusters) {
			return
		}
	}
	t.Errorf("something is kept after %d complete roll-outs: %+v", most, w.plan(t))
}

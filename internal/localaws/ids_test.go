package localaws_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws"
)

// idsGiven are the ids of the next messages to the queue q.
func (w world) idsGiven(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	for range n {
		sent := must[*sqs.SendMessageOutput](t)(w.box(t, "q", nil).trySend(t, "m", sqs.SendMessageInput{}))
		ids = append(ids, *sent.MessageId)
	}
	return ids
}

// TestSeedsChooseIDs: the same seed gives the same ids, another seed others; without one they are always the same.
func TestSeedsChooseIDs(t *testing.T) {
	given := func(opts ...localaws.Option) []string { return newWorld(opts...).idsGiven(t, 3) }
	for name, again := range map[string][2][]string{
		"the default": {given(), given(localaws.WithSeed(0))},
		"a seed":      {given(localaws.WithSeed(7)), given(localaws.WithSeed(7))},
	} {
		if diff := cmp.Diff(again[0], again[1]); diff != "" {
			t.Errorf("%s gives other ids the second time:\n%s", name, diff)
		}
	}
	wantNew(t, given(), given(localaws.WithSeed(7)), given(localaws.WithSeed(8)))
}

// TestSeedsAndSavedState: two runs that begin with the same file give other ids than each other and than the run that
// saved it, so it does no harm if the first of them is killed and saves nothing. With one seed they are repeatable.
func TestSeedsAndSavedState(t *testing.T) {
	first := newWorld(localaws.WithSeed(7))
	before := first.idsGiven(t, 3)
	file := first.save(t)
	loaded := func(seed uint64) []string {
		w := newWorld(localaws.WithSeed(seed))
		w.load(t, file)
		return w.idsGiven(t, 3)
	}
	wantNew(t, before, first.idsGiven(t, 3), loaded(8), loaded(9), loaded(7))
	if diff := cmp.Diff(loaded(7), loaded(7)); diff != "" {
		t.Errorf("one seed and one file give other ids the second time:\n%s", diff)
	}
}

func wantNew(t *testing.T, runs ...[]string) {
	t.Helper()
	seen := map[string]bool{}
	for i, ids := range runs {
		for _, id := range ids {
			if seen[id] {
				t.Errorf("run %d: %s comes again", i, id)
			}
			seen[id] = true
		}
	}
}

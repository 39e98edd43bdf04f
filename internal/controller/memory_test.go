package controller

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func at(version string) *v1alpha1.ConsumerQueue {
	return &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{ResourceVersion: version}}
}

func TestLatestPrefersWhatWasWrittenLast(t *testing.T) {
	for _, c := range []struct{ own, cached, want string }{
		{"10", "9", "10"}, {"10", "10", "10"}, {"10", "11", "11"}, {"100", "99", "100"}, {"", "5", "5"},
	} {
		r := &remembered{}
		if c.own != "" {
			r.object = at(c.own)
		}
		if got := latest(r, at(c.cached)).ResourceVersion; got != c.want {
			t.Errorf("own %q, cached %q: got %q, want %q", c.own, c.cached, got, c.want)
		}
	}
}

func TestMemoryIsOfOneObject(t *testing.T) {
	m := newMemory()
	object := func(uid types.UID) *v1alpha1.ConsumerQueue {
		return &v1alpha1.ConsumerQueue{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", UID: uid}}
	}
	first := m.of(object("a"))
	first.desired = "x"
	if m.of(object("a")) != first {
		t.Error("the same object has another memory")
	}
	if again := m.of(object("b")); again == first || again.desired != "" {
		t.Error("an object made anew has the memory of the one before")
	}
	if other := m.of(&v1alpha1.MessagingTopology{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders", UID: "b"}}); other == m.of(object("b")) {
		t.Error("two kinds share a memory")
	}
	m.forget(object(""))
	if len(m.byName) != 1 {
		t.Errorf("%d are remembered", len(m.byName))
	}
}

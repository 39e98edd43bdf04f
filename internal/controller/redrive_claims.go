package controller

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// claims say which Redrive works on a queue. The cache may be behind the writes of this very process, so that two could each take the queue for free.
type claims struct {
	mu       sync.Mutex
	bySource map[string]types.NamespacedName
}

func newClaims() *claims { return &claims{bySource: map[string]types.NamespacedName{}} }

// take claims a queue by its ARN, unless another Redrive holds it, which is given then.
func (c *claims) take(source string, by types.NamespacedName) (holder types.NamespacedName, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if holder, taken := c.bySource[source]; taken && holder != by {
		return holder, false
	}
	c.bySource[source] = by
	return by, true
}

// leave gives up what a Redrive holds.
func (c *claims) leave(by types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for source, holder := range c.bySource {
		if holder == by {
			delete(c.bySource, source)
		}
	}
}

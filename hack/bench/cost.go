package main

import "fmt"

// cost of one quiet check of all objects, in AWS calls a consumer, beside what the design allows: a read of each queue and subscription;
// of what all share, two reads of each topic and one call for every 100 tagged resources. That the account's identity is asked for is not counted.
type cost struct {
	Own           float64 `json:"own"`
	OwnAllowed    float64 `json:"ownAllowed"`
	Shared        float64 `json:"shared"`
	SharedAllowed float64 `json:"sharedAllowed"`
}

// costOf divides the calls of so many rounds of checks.
func costOf(calls counts, rounds float64, w *world) cost {
	n := float64(len(w.consumers))
	own := float64(calls["sqs:GetQueueAttributes"] + calls["sns:GetSubscriptionAttributes"])
	shared := float64(calls.total()-calls["sts:GetCallerIdentity"]) - own
	queues := 3
	if d := w.consumers[0].Spec.Undelivered; d != nil && d.Disabled {
		queues--
	}
	resources, topics := queues*len(w.consumers)+len(w.topologies), len(w.topologies)
	return cost{
		Own: round(own / rounds / n), OwnAllowed: float64(queues + 1),
		Shared: round(shared / rounds / n), SharedAllowed: round(float64(2*topics+(resources+99)/100) / n),
	}
}

// check fails where a check costs more than is allowed.
func (c cost) check() error {
	if c.Own > c.OwnAllowed || c.Shared > c.SharedAllowed {
		return fmt.Errorf("a quiet check costs %s", c)
	}
	return nil
}

func (c cost) String() string {
	return fmt.Sprintf("%v of %v own, %v of %v shared", c.Own, c.OwnAllowed, c.Shared, c.SharedAllowed)
}

package cloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/topology"
)

// observeTags fills the owner and the Tags fields of a queue or topic that exists.
func (c *Client) observeTags(ctx context.Context, o Observation, t target, r *topology.Resource, created string) error {
	if c.untagged(o, t, r) {
		return nil
	}
	e, known := c.kept(o, r.Key, created)
	// What was seen to differ is asked directly: a batch that may lag settles nothing, and costs as many calls as the account has hundreds of resources.
	doubted := known && e.begun.Before(o.since(r.Key)) && !o.asWanted(t, e.tags)
	if !known && !e.uncertain {
		var err error
		if e, known, err = c.confirmed(ctx, o, t, r, created); err != nil {
			return err
		}
	}
	if !known || doubted {
		tags, begun, err := c.readTags(ctx, r)
		if f := fault.As(err); f != nil && isUnknownOperation(f) && c.in(r.Region).lacking.add(r.Kind, tagsField) {
			c.untagged(o, t, r)
			return nil
		}
		switch {
		case isDenied(err):
			deny(r, "Tags", fault.As(err).Operation)
			return nil
		case isAbsent(err):
			r.Seen = topology.Seen{Existence: topology.Absent}
			return nil
		case err != nil:
			return err
		}
		e = tagEntry{tags: tags, begun: begun, created: created}
	}
	e.created = created
	c.tags.put(r.Key, e)
	if len(e.tags) > 0 && !e.written {
		c.in(r.Region).lacking.hasTags(r.Kind)
	}
	owner := topology.OwnerFromTags(e.tags)
	r.Seen.Owner, r.Seen.TagsAt = &owner, e.begun
	for k, v := range e.tags {
		r.Managed[topology.TagField(k)] = v
	}
	return nil
}

// untagged says that AWS has no tags here. Whose a resource is, the inventory alone tells then: what Skein made is the object's own.
func (c *Client) untagged(o Observation, t target, r *topology.Resource) bool {
	l := &c.in(r.Region).lacking
	if !l.has(r.Kind, tagsField) {
		return false
	}
	var owner topology.Owner
	if row, ok := o.Applied.Find(r.Key); ok && !row.AppliedAt.IsZero() {
		owner = cmp.Or(t.want.Owner, o.Owner)
	}
	r.Seen.Owner, r.Seen.TagsAt = &owner, c.accounts.options.Clock.Now()
	if !slices.Contains(r.Seen.Lacking, tagsField) {
		r.Seen.Lacking = append(r.Seen.Lacking, tagsField)
	}
	return true
}

// kept gives the tags from an earlier read or from the creating call, if they are of the same queue and new enough.
func (c *Client) kept(o Observation, key, created string) (tagEntry, bool) {
	e, ok := c.tags.get(key)
	switch {
	case !ok, e.uncertain, e.created != "" && e.created != created, e.begun.Before(o.SharedSince):
		return e, false
	case !o.TagsSince.IsZero() && (e.written || e.begun.Before(o.TagsSince)):
		return e, false
	default:
		return e, true
	}
}

// confirmed gives the tags from a batch, if they are as wanted: a batch may lag, so only a direct read says otherwise.
func (c *Client) confirmed(ctx context.Context, o Observation, t target, r *topology.Resource, created string) (tagEntry, bool, error) {
	b, begun, err := c.batch(ctx, r.Region, o)
	if err != nil || b.missing {
		return tagEntry{}, false, err
	}
	tags := b.tags[r.Key]
	if !o.asWanted(t, tags) || seconds(created).After(begun) || c.recreated(r.Key, created) {
		return tagEntry{}, false, nil
	}
	return tagEntry{tags: tags, begun: begun}, true, nil
}

// asWanted says that tags have the owner and the values that a resource is to have.
func (o Observation) asWanted(t target, tags map[string]string) bool {
	owner := t.want.Owner
	if t.leaving {
		owner = o.Owner
	}
	if owner.IsZero() || topology.OwnerFromTags(tags) != owner {
		return false
	}
	for field, value := range t.want.Managed {
		if name, key := topology.CutField(field); name == "Tags" && tags[key] != value {
			return false
		}
	}
	return true
}

// recreated says that the tags known before were those of another queue of this name.
func (c *Client) recreated(key, created string) bool {
	e, ok := c.tags.get(key)
	return ok && e.created != "" && e.created != created
}

// batch reads the tags of everything of this cluster in a region, once for all objects. Where the tagging API cannot be had, that is
// remembered as long as an answer would be.
func (c *Client) batch(ctx context.Context, region string, o Observation) (batch, time.Time, error) {
	since := o.SharedSince
	read := func(ctx context.Context) (batch, error) {
		tags, err := c.in(region).resources(ctx, c.accounts.options.Cluster)
		if f := fault.As(err); f != nil {
			if f.Class == fault.Throttled || ctx.Err() != nil {
				return batch{}, err
			}
			return batch{missing: true}, nil
		}
		return batch{tags: tags}, nil
	}
	b, begun, err := c.tags.batches.get(ctx, region, since, read)
	if err == nil && !b.missing && begun.Before(o.TagsSince) {
		b, begun, err = c.tags.batches.get(ctx, region, o.TagsSince, read)
	}
	if err != nil {
		err = classify("tag:GetResources", region, err)
	}
	return b, begun, err
}

// seconds reads SQS's timestamps; what is none is the beginning of time.
func seconds(s string) time.Time {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

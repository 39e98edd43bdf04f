package topology

import (
	"maps"
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// maxTags is what SQS and SNS take a resource (https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html).
const maxTags = 50

const (
	tooManyTags = "with the tags of the account and Skein's own there are %d tags, AWS takes at most %d; remove some"
	emptyTags   = "the tags %q of this object or its AWSAccount have empty values and are left out; give them values"
)

// allTags are the tags of a resource, the more specific over the more general. Keys whose value is empty are left out and returned, sorted.
func allTags(account map[string]string, object v1alpha1.Tags, owner Owner) (tags map[string]string, empty []string) {
	tags = map[string]string{}
	maps.Copy(tags, account)
	for k, v := range object {
		tags[k] = string(v)
	}
	maps.Copy(tags, owner.Tags())
	for k, v := range tags {
		if v == "" {
			empty = append(empty, k)
			delete(tags, k)
		}
	}
	slices.Sort(empty)
	return tags, empty
}

func putTags(managed, tags map[string]string) {
	for k, v := range tags {
		managed[TagField(k)] = v
	}
}

// mergeTags gives the tags of both, the more specific winning; nil if there are none.
func mergeTags(general, specific v1alpha1.Tags) v1alpha1.Tags {
	if len(general)+len(specific) == 0 {
		return nil
	}
	out := v1alpha1.Tags{}
	maps.Copy(out, general)
	maps.Copy(out, specific)
	return out
}

package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// completionTime is how long a shell may have to wait for names.
const completionTime = 3 * time.Second

// completeNames completes the one argument with the names of objects of these kinds in the namespace.
func (s *session) completeNames(among ...kind) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const nothing = cobra.ShellCompDirectiveNoFileComp
		if len(args) > 0 {
			return nil, nothing
		}
		c, err := s.open()
		if err != nil {
			return nil, nothing
		}
		ctx, cancel := context.WithTimeout(command.Context(), completionTime)
		defer cancel()
		var out []cobra.Completion
		for _, k := range among {
			for _, key := range c.keys(ctx, k, client.InNamespace(c.namespace)) {
				if name := key.Name; len(among) > 1 {
					out = append(out, cobra.CompletionWithDesc(k.short+"/"+name, k.name))
				} else {
					out = append(out, name)
				}
			}
		}
		return out, nothing
	}
}

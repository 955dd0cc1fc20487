package engine

import "context"

// privateFound says of the private daemon whether it runs or could be started.
func privateFound(ctx context.Context, o Options) Found {
	f := Found{Name: Private, Driver: Private}
	s, _, err := findState(o)
	if err != nil {
		return f.failed(err)
	}
	if st := s.readStatus(); st.Supervisor.alive() && st.Daemon.alive() {
		f.Endpoints = []string{st.Addr}
		ctx, cancel := withLimit(ctx, o.Waits.docker())
		defer cancel()
		return f.answer(ctx)(dial(ctx, st.Addr))
	}
	if _, _, _, err := ready(ctx, o); err != nil {
		return f.failed(err)
	}
	f.State, f.Endpoints = stateStopped, []string{s.dir}
	return f
}

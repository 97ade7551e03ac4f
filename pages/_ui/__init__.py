"""What the pages share: services, session state, inputs, figures and words."""

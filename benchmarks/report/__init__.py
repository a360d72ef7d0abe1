"""The report: one HTML page, figures and tables for papers, all from records alone."""

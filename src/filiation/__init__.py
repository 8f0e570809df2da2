"""The atlas and auditor of model registries: lineage and audit in one."""

__version__ = "0.1.0"

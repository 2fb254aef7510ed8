"""What can be computed about a graph besides its shapes: receptive fields, memory, blocks, limits.

Imported by the command or check that asks for it, never by `import specs`.
"""
